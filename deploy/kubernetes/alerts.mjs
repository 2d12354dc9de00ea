// The alert rules of deploy/prometheus, as the Prometheus operator wants them. `node deploy/kubernetes/alerts.mjs` writes them
// to k8s/overlays/production/monitoring/rules.yaml; a spec compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const at = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const RULES = at('../prometheus/rules');
export const WRITTEN = at('../../k8s/overlays/production/monitoring/rules.yaml');

/** One PrometheusRule per file of rules, as YAML. */
export function prometheusRules() {
  const files = readdirSync(RULES).filter((file) => file.endsWith('.yml')).toSorted();
  const objects = files.map((file) =>
    stringify({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: `pioche-${basename(file, '.yml')}` },
      spec: { groups: parse(readFileSync(join(RULES, file), 'utf8')).groups },
    }, { lineWidth: 0 }));
  return `# Prometheus operator 0.85. Written by \`node deploy/kubernetes/alerts.mjs\` from deploy/prometheus/rules: change those.\n${objects.join('---\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(WRITTEN, prometheusRules());
