/** What other contexts would have told: nodes in service, tenants, policies, switches. */
import { nodeEvents, policyEvents, tenantEvents } from '@pioche/contracts';
import { derivedId, type Id, type Instant } from '@pioche/kernel';
import type { Client, ServiceUnderTest } from '@pioche/testing/service';

export const SITE = derivedId('site', 'essonne');
export const MODEL = 'NVIDIA H100 80GB HBM3';
export const BASE = '@id("placement-baseline")\npermit (principal, action == Action::"place", resource)\nwhen { principal.data_classes.contains(context.data_class) };\n';

export interface TestNode {
  readonly id: Id<'node'>;
  readonly gpus: readonly Id<'gpu'>[];
}

export const nodeNamed = (name: string, gpus = 8): TestNode => ({ id: derivedId('node', name), gpus: Array.from({ length: gpus }, (_, index) => derivedId('gpu', name, String(index))) });

interface Place {
  readonly site?: Id<'site'>;
  readonly country?: string;
}

/** A scheduling service, and the contexts around it. */
export class Cluster {
  constructor(readonly service: ServiceUnderTest) {}

  get operator(): Client {
    return this.service.as('operator');
  }

  get gateway(): Client {
    return this.service.as({ subject: 'gateway:essonne', role: 'node' });
  }

  member(tenant: string): Client {
    return this.service.as('tenant_admin', tenant);
  }

  async putInService({ id, gpus }: TestNode, { site = SITE, country = 'FR' }: Place = {}): Promise<void> {
    const { data } = { data: nodeEvents.events.NodePutInService.example };
    const facts = { ...data, site, country, jurisdiction: country, name: id.slice(-6), gpus: gpus.map((gpu, index) => ({ id: gpu, index, rail: index, model: MODEL, memory_gib: 80 })) };
    await this.service.happened('inventory', id, [{ type: 'NodePutInService', data: facts }]);
  }

  quarantine({ id }: TestNode, reason = 'XID 79 on GPU 3', time?: Instant): Promise<void> {
    return this.service.happened('inventory', id, [{ type: 'NodeQuarantined', data: { reason } }], time === undefined ? {} : { time });
  }

  drain({ id }: TestNode, deadline = this.service.now): Promise<void> {
    return this.service.happened('inventory', id, [{ type: 'NodeDrainStarted', data: { reason: 'firmware', deadline } }]);
  }

  async register(name: string, data_classes = ['internal']): Promise<Id<'tenant'>> {
    const tenant = derivedId('tenant', name);
    await this.service.happened('sovereignty', tenant, [{ type: 'TenantRegistered', data: { ...tenantEvents.events.TenantRegistered.example, tenant, name, data_classes } }], { tenant });
    return tenant;
  }

  async adopt(name: string, text: string, policy_version = 1): Promise<Id<'policy'>> {
    const policy = derivedId('policy', name);
    await this.service.happened('sovereignty', policy, [{ type: 'PolicyAdopted', data: { ...policyEvents.events.PolicyAdopted.example, policy_version, text } }]);
    return policy;
  }

  async turn(tenant: Id<'tenant'>, direction: 'Off' | 'On', request: string): Promise<void> {
    const data = { request: derivedId('request', request), tenant, at: this.service.now };
    await this.service.happened('sovereignty', derivedId('switch', tenant), [{ type: `TenantSwitched${direction}`, data }], { tenant });
  }

  /** A queue, and a tenant with a quota whose jobs are permitted. */
  async tenant(name: string, gpus = 1_000): Promise<{ readonly tenant: Id<'tenant'>; readonly queue: string; readonly client: Client }> {
    const tenant = await this.register(name);
    await this.operator.done('/quotas', { tenant, guaranteed_gpus: gpus });
    const { id: queue } = await this.operator.done('/queues', { name: `queue of ${name}`, default_time_limit_s: 3600 });
    return { tenant, queue, client: this.member(tenant) };
  }

  /** What the agent API tells, when everything written so far has been planned. */
  async assignments(query = `site=${SITE}`, client = this.gateway): Promise<Assignments> {
    const { status, body } = await client.get<Assignments>(`/agent/assignments?${query}`, { 'pioche-after': `scheduling:${await this.service.service.store.head()}` });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  async report(...reports: readonly object[]): Promise<Taken> {
    const { status, body } = await this.gateway.post<Taken>('/agent/reports', { reports });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }
}

export interface Assignments {
  readonly cursor: number;
  readonly complete: boolean;
  readonly assignments: readonly {
    readonly allocation: string;
    readonly job: string;
    readonly tenant: string;
    readonly status: string;
    readonly placed_at: string;
    readonly stop_by?: string;
    readonly placements: readonly { readonly node: string; readonly gpus: readonly string[]; readonly mig_start?: number }[];
  }[];
  readonly ended: readonly string[];
  readonly fences: readonly { readonly fence: string; readonly tenant: string; readonly nodes: readonly string[] }[];
}

export interface Taken {
  readonly position: number;
  readonly results: readonly { readonly status: string; readonly problem?: { readonly code: string } }[];
}
