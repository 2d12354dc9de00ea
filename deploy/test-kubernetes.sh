#!/usr/bin/env bash
# Builds the images and runs the test on a cluster: on that of KUBECONFIG, which has to have them (`kind load image-archive`,
# `minikube image load`, a registry), or on one that $CLUSTER_RUN starts around a command: `$CLUSTER_RUN --image FILE… -- COMMAND`.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run -s images
# What the test needs is fetched before: the cluster may have no way out.
node_modules/.bin/node -e "import('./deploy/kubernetes/crds.mjs').then(({ crds }) => crds().missing.forEach((line) => console.error('no schemas of ' + line)))"
images=()
for image in dist/images/*.tar; do images+=(--image "$image"); done
# shellcheck disable=SC2086 -- it is a program with arguments of its own
exec ${CLUSTER_RUN:-} ${CLUSTER_RUN:+"${images[@]}" --} npm run -s test:kubernetes -- "$@"
