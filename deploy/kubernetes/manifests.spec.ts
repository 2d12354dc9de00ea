import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONTEXTS } from '@pioche/contracts';
import { stringify } from 'yaml';
import { z } from 'zod';
import { prometheusRules, WRITTEN } from './alerts.mjs';
import { arrowsOf, deniesByDefault } from './arrows.js';
import { readsOf } from './consumption.js';
import { kubectl, render } from './kubectl.mjs';
import { objectsOf, ofKind, type KubernetesObject } from './objects.js';
import { broken } from './rules.js';
import { schemas, type Schemas } from './schemas.js';

const program = kubectl();
if (program === undefined) console.warn('no kubectl, and none can be fetched: the manifests are not looked at. Install kubectl 1.30 or newer');
const describeWithKubectl = program === undefined ? describe.skip : describe;

const rendered = (folder: string): KubernetesObject[] => objectsOf(render(program ?? '', fileURLToPath(new URL(`../../k8s/${folder}`, import.meta.url))));
const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

/** The same objects, one of them changed. */
function changed(objects: readonly KubernetesObject[], name: string, change: (yaml: string) => string): KubernetesObject[] {
  const before = objects.find((object) => nameOf(object) === name);
  const text = stringify(before, { aliasDuplicateObjects: false });
  const after = change(text);
  if (before === undefined || after === text) throw new Error(`${name} is not there, or not changed`);
  return [...objects.filter((object) => object !== before), ...objectsOf(after)];
}

/** Arrows that every shape has. */
const EVERYWHERE = [
  '* -> namespace kube-system kube-dns 53',
  'kafka <- pioche 9092',
  'pioche -> kafka 9092',
  'pioche -> postgres 5432',
  'pioche <- namespace gateway http',
  'pioche <- namespace prometheus http',
  'pioche-migrate -> postgres 5432',
  'postgres <- pioche 5432',
  'postgres <- pioche-migrate 5432',
];
const ARROWS = {
  dev: [],
  scenario: [
    'kafka <- pioche-scenario 9092',
    'pioche <- pioche-scenario|pioche-load http',
    'pioche-scenario|pioche-load -> kafka 9092',
    'pioche-scenario|pioche-load -> pioche http',
  ],
  // The issuer is outside; operators' servers talk among themselves, to their operators and the API server, and take backups out.
  production: [
    'kafka -> anybody 443,6443',
    'kafka -> kafka 8443,9090,9091',
    'kafka <- kafka 8443,9090,9091',
    'kafka <- namespace strimzi 8443,9090,9091',
    'pioche -> namespace observability 4318',
    'pioche -> outside 443',
    'postgres -> anybody 443,6443',
    'postgres -> postgres 5432,8000',
    'postgres <- namespace cnpg-system 5432,8000',
    'postgres <- namespace prometheus 9187',
    'postgres <- postgres 5432,8000',
  ],
} as const;

describeWithKubectl('the manifests', () => {
  const overlays = ['dev', 'scenario', 'production'] as const;
  const all = program === undefined ? undefined : new Map(overlays.map((overlay) => [overlay, rendered(`overlays/${overlay}`)] as const));
  const objects = (overlay: (typeof overlays)[number]): KubernetesObject[] => all?.get(overlay) ?? [];

  /** Secrets that operators make. */
  const elsewhere = (overlay: (typeof overlays)[number]): Set<string> => {
    const External = z.looseObject({ spec: z.looseObject({ target: z.looseObject({ name: z.string() }) }) });
    const external = ofKind(objects(overlay), 'ExternalSecret', External).map(({ spec }) => spec.target.name);
    return new Set(overlay === 'production' ? [...external, 'postgres-ca', 'kafka-cluster-ca-cert'] : []);
  };

  it.each(overlays)('%s keeps every rule', (overlay) => {
    expect(broken(objects(overlay), elsewhere(overlay))).toEqual([]);
  });

  it.each(overlays)('%s has the arrows of the architecture, and no other', (overlay) => {
    expect(deniesByDefault(objects(overlay))).toBe(true);
    expect(arrowsOf(objects(overlay))).toEqual([...EVERYWHERE, ...ARROWS[overlay]].toSorted());
  });

  it.each(overlays)('%s has a service, a migration, an account and a budget for each context', (overlay) => {
    const names = new Set(objects(overlay).map(nameOf));
    const release = overlay === 'production' ? '0.1.0' : 'dev';
    for (const context of CONTEXTS) {
      for (const wanted of [`Deployment/pioche-${context}`, `Service/pioche-${context}`, `ServiceAccount/pioche-${context}`, `PodDisruptionBudget/pioche-${context}`, `Job/migrate-${context}-${release}`]) expect(names).toContain(wanted);
    }
  });

  it('are all in one namespace, which enforces restricted pods', () => {
    for (const overlay of overlays) {
      expect(new Set(objects(overlay).filter(({ kind }) => kind !== 'Namespace').map(({ metadata }) => metadata.namespace))).toEqual(new Set(['pioche']));
      expect(objects(overlay).find(({ kind }) => kind === 'Namespace')?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    }
  });

  it('have the alert rules of deploy/prometheus (else: node deploy/kubernetes/alerts.mjs)', () => {
    expect(readFileSync(WRITTEN, 'utf8')).toBe(prometheusRules());
  });

  it('leave no placeholder', () => {
    for (const overlay of overlays) expect(JSON.stringify(objects(overlay)).match(/[^"]*["./_-]context["./_-][^"]*|[^"]*-release"/g)).toBeNull();
  });

  it('hold no secret in production', () => {
    expect(objects('production').filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('let each service write its own topic in production, and read what it consumes', () => {
    const Acl = z.object({ resource: z.object({ type: z.string(), name: z.string(), patternType: z.string().default('literal') }), operations: z.array(z.string()) });
    const User = z.looseObject({ metadata: z.object({ name: z.string() }).loose(), spec: z.looseObject({ authorization: z.looseObject({ acls: z.array(Acl) }) }) });
    const users = ofKind(objects('production'), 'KafkaUser', User);
    expect(users.map(({ metadata }) => metadata.name).toSorted()).toEqual(CONTEXTS.map((context) => `pioche-${context}`).toSorted());
    for (const context of CONTEXTS) {
      const acls = users.find(({ metadata }) => metadata.name === `pioche-${context}`)?.spec.authorization.acls ?? [];
      const may = (operation: string, type: string) => acls.filter(({ resource, operations }) => resource.type === type && operations.includes(operation)).map(({ resource }) => resource.name).toSorted();
      expect(may('Write', 'topic')).toEqual([`pioche.${context}`, 'pioche.dead-letters'].toSorted());
      expect(may('Read', 'topic')).toEqual([context, ...readsOf(context)].map((one) => `pioche.${one}`).toSorted());
      expect(may('Read', 'group')).toEqual([`pioche.${context}.`]);
    }
  });

  describe('that are wrong are noticed:', () => {
    const inventory = 'Deployment/pioche-inventory';
    it.each([
      ['a pod that runs as root', inventory, /runAsNonRoot: true/, 'runAsNonRoot: false', 'Deployment/pioche-inventory: runs as root, perhaps'],
      ['a container that is privileged', inventory, /allowPrivilegeEscalation: false/, 'allowPrivilegeEscalation: false\n            privileged: true', 'Deployment/pioche-inventory: pioche is privileged'],
      ['a token', inventory, /automountServiceAccountToken: false/, 'automountServiceAccountToken: true', 'Deployment/pioche-inventory: mounts a token for the API server'],
      ['no limit of memory', 'StatefulSet/kafka', /limits:\n\s+memory: \w+/, 'limits: {}', 'StatefulSet/kafka: kafka has no limit of memory'],
      ['no readiness probe', inventory, /readinessProbe:/, 'nobodyProbe:', 'Deployment/pioche-inventory: pioche has no readinessProbe'],
      ['a Service that finds nobody', 'Service/pioche-lab', /component: lab/g, 'component: laboratory', 'Service/pioche-lab: selects no pods'],
      ['a Service that finds a migration', 'Service/pioche-lab', /app.kubernetes.io\/name: pioche\n(?!.*\n)/, 'app.kubernetes.io/part-of: pioche\n', 'Service/pioche-lab: sends requests to Job/migrate-lab-dev'],
      ['a Secret that is not there', inventory, /name: database-inventory/, 'name: database-inventroy', 'Deployment/pioche-inventory: there is no Secret/database-inventroy'],
      ['another release', inventory, /image: pioche:dev/, 'image: pioche:other', 'images of the releases'],
    ])('%s', (_what, name, from, to, wanted) => {
      expect(broken(changed(objects('dev'), name, (yaml) => yaml.replace(from, to)))).toContainEqual(expect.stringContaining(wanted));
    });

    it('an arrow too many', () => {
      const more = changed(objects('dev'), 'NetworkPolicy/services', (yaml) => yaml.replace('egress:', 'egress:\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: pioche'));
      expect(arrowsOf(more)).toContain('pioche -> pioche any port');
    });
  });

  describe('and their schemas', () => {
    let known: Schemas | undefined;
    beforeAll(async () => {
      try {
        known = await schemas();
        for (const line of known.missing) console.warn(`no schemas of ${line}: its objects are not looked at`);
      } catch (error) {
        if (process.env['CI'] === 'true') throw error;
        console.warn(`no schemas of Kubernetes, install Python 3 with venv: ${error instanceof Error ? error.message : String(error)}`);
      }
    }, 600_000);

    it.each(overlays)('agree in %s', async (overlay) => {
      if (known === undefined) return;
      const faults = await known.faultsOf(objects(overlay));
      // Whoever's schemas are missing here has been told of.
      expect(known.missing.length > 0 ? faults.filter((fault) => !fault.endsWith(': no schema')) : faults).toEqual([]);
    }, 120_000);

    it('refuse a field that nobody knows, a wrong type, and a kind that is not there', async () => {
      if (known === undefined) return;
      const wrong = [
        changed(objects('dev'), 'Deployment/pioche-lab', (yaml) => yaml.replace('minReadySeconds:', 'minReadySecond:')),
        changed(objects('dev'), 'Service/pioche-lab', (yaml) => yaml.replace('port: 3000', 'port: three')),
        changed(objects('dev'), 'PodDisruptionBudget/pioche-lab', (yaml) => yaml.replace('policy/v1', 'policy/v9')),
      ];
      const faults = await Promise.all(wrong.map(async (one) => known?.faultsOf(one.slice(-1))));
      expect(faults).toEqual([[expect.stringMatching(/^Deployment\/pioche-lab: .*minReadySecond/)], [expect.stringMatching(/^Service\/pioche-lab: spec\.ports/)], ['PodDisruptionBudget/pioche-lab: no schema']]);
    }, 120_000);

    it('refuse a field that an operator does not know', async () => {
      if (known === undefined || known.missing.length > 0) return;
      const wrong = changed(objects('production'), 'Cluster/postgres', (yaml) => yaml.replace('instances: 3', 'instance: 3'));
      expect(await known.faultsOf(wrong.slice(-1))).toEqual([expect.stringMatching(/^Cluster\/postgres: spec: .*instance/)]);
    }, 120_000);
  });
});
