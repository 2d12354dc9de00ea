/** Kubernetes objects, as far as the rules look into them. */
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const Labels = z.record(z.string(), z.string());
const KeyRef = z.object({ name: z.string(), key: z.string(), optional: z.boolean().optional() });
const NameRef = z.object({ name: z.string(), optional: z.boolean().optional() });
const Selector = z.object({
  matchLabels: Labels.default({}),
  matchExpressions: z.array(z.object({ key: z.string(), operator: z.literal('In'), values: z.array(z.string()) })).default([]),
});
export type Selector = z.infer<typeof Selector>;

const Probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.union([z.string(), z.int()]) }).optional(), tcpSocket: z.object({ port: z.union([z.string(), z.int()]) }).optional() });
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), valueFrom: z.looseObject({ secretKeyRef: KeyRef.optional(), configMapKeyRef: KeyRef.optional() }).optional() })).default([]),
  envFrom: z.array(z.object({ prefix: z.string().optional(), secretRef: NameRef.optional(), configMapRef: NameRef.optional() })).default([]),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.int() })).default([]),
  resources: z.object({ requests: Labels.default({}), limits: Labels.default({}) }).default({ requests: {}, limits: {} }),
  securityContext: z
    .object({ allowPrivilegeEscalation: z.boolean().optional(), privileged: z.boolean().optional(), readOnlyRootFilesystem: z.boolean().optional(), capabilities: z.object({ drop: z.array(z.string()).default([]), add: z.array(z.string()).default([]) }).optional() })
    .default({}),
  startupProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
});
export type Container = z.infer<typeof Container>;

const Volume = z.looseObject({
  name: z.string(),
  hostPath: z.unknown().optional(),
  secret: z.object({ secretName: z.string() }).loose().optional(),
  configMap: z.object({ name: z.string() }).loose().optional(),
  projected: z.object({ sources: z.array(z.looseObject({ secret: NameRef.loose().optional(), configMap: NameRef.loose().optional() })) }).optional(),
});
const PodSpec = z.looseObject({
  automountServiceAccountToken: z.boolean().optional(),
  serviceAccountName: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  securityContext: z.looseObject({ runAsNonRoot: z.boolean().optional(), runAsUser: z.int().optional(), seccompProfile: z.object({ type: z.string() }).optional() }).default({}),
  initContainers: z.array(Container).default([]),
  containers: z.array(Container),
  volumes: z.array(Volume).default([]),
});
export type PodSpec = z.infer<typeof PodSpec>;

const Metadata = z.looseObject({ name: z.string(), namespace: z.string().optional(), labels: Labels.default({}) });
const Peer = z.object({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const Ports = z.array(z.object({ port: z.union([z.string(), z.int()]), protocol: z.string().default('TCP') })).optional();
const PolicySpec = z.object({
  podSelector: Selector,
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
  ingress: z.array(z.object({ from: z.array(Peer).optional(), ports: Ports })).default([]),
  egress: z.array(z.object({ to: z.array(Peer).optional(), ports: Ports })).default([]),
});
export type Peer = z.infer<typeof Peer>;

const Anything = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: Metadata, data: Labels.optional() });
const Workload = Anything.extend({ spec: z.looseObject({ selector: Selector.optional(), template: z.looseObject({ metadata: z.looseObject({ labels: Labels.default({}) }), spec: PodSpec }) }) });
export const Policy = Anything.extend({ spec: PolicySpec });
export const Service = Anything.extend({ spec: z.looseObject({ selector: Labels, ports: z.array(z.looseObject({ port: z.int(), targetPort: z.union([z.string(), z.int()]).optional() })) }) });
export const Budget = Anything.extend({ spec: z.looseObject({ selector: Selector }) });

export type KubernetesObject = z.infer<typeof Anything>;
export type Workload = z.infer<typeof Workload>;

/** @throws Error where a document is not one of Kubernetes */
export const objectsOf = (yaml: string): KubernetesObject[] =>
  parseAllDocuments(yaml).map((document) => Anything.parse(document.toJS()));

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job']);

/** Whatever makes pods. @throws ZodError where its pods are not as they have to be */
export const workloadsOf = (objects: readonly KubernetesObject[]): Workload[] => objects.filter(({ kind }) => WORKLOADS.has(kind)).map((object) => Workload.parse(object));

/** Of one kind, with what the rules look at. */
export const ofKind = <S extends z.ZodType>(objects: readonly KubernetesObject[], kind: string, schema: S): z.infer<S>[] =>
  objects.filter((object) => object.kind === kind).map((object) => schema.parse(object));

export const containersOf = ({ spec }: Workload): Container[] => [...spec.template.spec.initContainers, ...spec.template.spec.containers];

/** Whether a pod with these labels is meant; an empty selector means every pod. */
export const selects = ({ matchLabels, matchExpressions }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));
