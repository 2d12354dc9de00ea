/** What must be true of our manifests beyond their schemas. Each rule gives a line for every object that breaks it. */
import { Budget, containersOf, ofKind, selects, Service, workloadsOf, type KubernetesObject, type Workload } from './objects.js';

type Rule = (objects: readonly KubernetesObject[]) => string[];

const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

/** One line for each of its faults. */
const ofWorkloads = (faults: (workload: Workload) => Iterable<string | false>): Rule => (objects) =>
  workloadsOf(objects).flatMap((workload) => [...faults(workload)].filter((fault) => fault !== false).map((fault) => `${nameOf(workload)}: ${fault}`));

/** Kubernetes' Pod Security Standard `restricted`, and a root file system that nobody writes to. */
const restricted = ofWorkloads(function* (workload) {
  const { spec } = workload.spec.template;
  yield spec.securityContext.runAsNonRoot !== true && 'runs as root, perhaps';
  yield (spec.securityContext.runAsUser ?? 0) === 0 && 'no user that is not root';
  yield spec.securityContext.seccompProfile?.type !== 'RuntimeDefault' && 'no seccomp profile';
  yield (spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true) && 'shares the node’s namespaces';
  yield spec.volumes.some(({ hostPath }) => hostPath !== undefined) && 'mounts a folder of the node';
  for (const { name, securityContext } of containersOf(workload)) {
    yield securityContext.privileged === true && `${name} is privileged`;
    yield securityContext.allowPrivilegeEscalation !== false && `${name} may gain privileges`;
    yield securityContext.readOnlyRootFilesystem !== true && `${name} may write to its root file system`;
    yield (securityContext.capabilities?.drop.includes('ALL') !== true || securityContext.capabilities.add.length > 0) && `${name} keeps capabilities`;
  }
});

const tokenless = ofWorkloads(function* ({ spec }) {
  yield spec.template.spec.automountServiceAccountToken !== false && 'mounts a token for the API server';
});

const limited = ofWorkloads(function* (workload) {
  for (const { name, resources } of containersOf(workload)) {
    for (const request of ['cpu', 'memory']) yield resources.requests[request] === undefined && `${name} requests no ${request}`;
    yield resources.limits['memory'] === undefined && `${name} has no limit of memory`;
    // A limit of processor time only makes it slow at the wrong moment.
    yield resources.limits['cpu'] !== undefined && `${name} has a limit of cpu`;
  }
});

const probed = ofWorkloads(function* ({ kind, spec }) {
  if (kind === 'Job') return;
  for (const container of spec.template.spec.containers) {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) yield container[probe] === undefined && `${container.name} has no ${probe}`;
    if (container.livenessProbe?.httpGet?.path === '/readyz') yield `${container.name} is restarted when its database is away`;
    const ports = new Set(container.ports.map(({ name }) => name));
    for (const { httpGet, tcpSocket } of [container.startupProbe, container.livenessProbe, container.readinessProbe].filter((probe) => probe !== undefined)) {
      const port = (httpGet ?? tcpSocket)?.port;
      yield typeof port === 'string' && !ports.has(port) && `${container.name} is probed on ${port}, which it does not have`;
    }
  }
});

/** A Service finds pods that serve, on a port that they have, and none of a Job. */
const served: Rule = (objects) =>
  ofKind(objects, 'Service', Service).flatMap((service) => {
    const found = workloadsOf(objects).filter(({ spec }) => selects({ matchLabels: service.spec.selector, matchExpressions: [] }, spec.template.metadata.labels));
    const jobs = found.filter(({ kind }) => kind === 'Job').map((job) => `${nameOf(service)}: sends requests to ${nameOf(job)}`);
    if (found.length === jobs.length) return [`${nameOf(service)}: selects no pods`];
    const ports = new Set(found.flatMap(containersOf).flatMap((container) => container.ports).flatMap(({ name, containerPort }) => [name, containerPort]));
    return [...jobs, ...service.spec.ports.filter(({ port, targetPort = port }) => !ports.has(targetPort)).map(({ port }) => `${nameOf(service)}: nobody serves port ${port}`)];
  });

const budgeted: Rule = (objects) => {
  const budgets = ofKind(objects, 'PodDisruptionBudget', Budget);
  return workloadsOf(objects)
    .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.labels['app.kubernetes.io/name'] === 'pioche')
    .filter(({ spec }) => budgets.filter((budget) => selects(budget.spec.selector, spec.template.metadata.labels)).length !== 1)
    .map((workload) => `${nameOf(workload)}: not in exactly one PodDisruptionBudget`);
};

interface Reference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly key?: string;
  readonly optional?: boolean | undefined;
}

function* referencesOf(workload: Workload): Generator<Reference> {
  for (const { env, envFrom } of containersOf(workload)) {
    for (const { secretRef, configMapRef } of envFrom) {
      if (secretRef) yield { kind: 'Secret', ...secretRef };
      if (configMapRef) yield { kind: 'ConfigMap', ...configMapRef };
    }
    for (const { valueFrom } of env) {
      if (valueFrom?.secretKeyRef) yield { kind: 'Secret', ...valueFrom.secretKeyRef };
      if (valueFrom?.configMapKeyRef) yield { kind: 'ConfigMap', ...valueFrom.configMapKeyRef };
    }
  }
  for (const { secret, configMap, projected } of workload.spec.template.spec.volumes) {
    if (secret) yield { kind: 'Secret', name: secret.secretName };
    if (configMap) yield { kind: 'ConfigMap', name: configMap.name };
    for (const source of projected?.sources ?? []) {
      if (source.secret) yield { kind: 'Secret', name: source.secret.name };
      if (source.configMap) yield { kind: 'ConfigMap', name: source.configMap.name };
    }
  }
}

/** @param elsewhere Secrets that somebody else makes */
const referring = (elsewhere: ReadonlySet<string>): Rule => (objects) => {
  const held = new Map(objects.filter(({ kind }) => kind === 'Secret' || kind === 'ConfigMap').map((object) => [nameOf(object), new Set(Object.keys(object.data ?? {}))]));
  return workloadsOf(objects).flatMap((workload) =>
    [...referencesOf(workload)]
      .filter(({ kind, name, optional }) => optional !== true && !(kind === 'Secret' && elsewhere.has(name)))
      .filter(({ kind, name, key }) => !(key === undefined ? held.has(`${kind}/${name}`) : held.get(`${kind}/${name}`)?.has(key)))
      .map(({ kind, name, key }) => `${nameOf(workload)}: there is no ${kind}/${name}${key === undefined ? '' : ` with ${key}`}`));
};

/** One release everywhere, which the Jobs that belong to it are named after. */
const released: Rule = (objects) => {
  const ours = workloadsOf(objects).flatMap((workload) => containersOf(workload).filter(({ image }) => /(^|\/)pioche:/.test(image)).map(({ image }) => ({ workload, image })));
  const [release, ...others] = new Set(ours.map(({ image }) => image.slice(image.lastIndexOf(':') + 1)));
  const unnamed = ours.filter(({ workload }) => workload.metadata.labels['app.kubernetes.io/name'] === 'pioche-migrate' && !workload.metadata.name.endsWith(`-${release}`));
  return [...others.map((other) => `images of the releases ${release} and ${other}`), ...unnamed.map(({ workload }) => `${nameOf(workload)}: not named after release ${release}`)];
};

/** @param elsewhere names of Secrets that are not among the objects, and will be there */
export const rules = (elsewhere: ReadonlySet<string>): Readonly<Record<string, Rule>> => ({ restricted, tokenless, limited, probed, served, budgeted, referring: referring(elsewhere), released });

/** Every line of every rule. */
export const broken = (objects: readonly KubernetesObject[], elsewhere: ReadonlySet<string> = new Set()): string[] => Object.values(rules(elsewhere)).flatMap((rule) => rule(objects));
