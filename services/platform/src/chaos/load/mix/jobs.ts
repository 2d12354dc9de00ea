/** Tenants: they submit jobs, alone and many at once, and change their mind. */
import type { Ask } from '../../history/records.js';
import { LAB } from '../../../scenario/tenants.js';
import { adminOf, between, createdBy, one, OPERATIONS, type Doer, type Drawing } from '../deed.js';

interface Shape {
  readonly nodes: number;
  readonly gpus_per_node: number;
  /** Thousandths of each; absent: the whole GPU. */
  readonly gpu_milli?: number;
}

/** And how often each is asked for. */
const SHAPES: readonly (readonly [Shape, number])[] = [
  [{ nodes: 1, gpus_per_node: 1 }, 30],
  [{ nodes: 1, gpus_per_node: 1, gpu_milli: 250 }, 8],
  [{ nodes: 1, gpus_per_node: 1, gpu_milli: 500 }, 8],
  [{ nodes: 1, gpus_per_node: 4 }, 20],
  [{ nodes: 1, gpus_per_node: 8 }, 20],
  [{ nodes: 2, gpus_per_node: 8 }, 10],
  [{ nodes: 6, gpus_per_node: 8 }, 4],
];
/** Of a job's length: the median in seconds, and the spread of its logarithm. */
const LENGTH = { median: 4 * 3600, sigma: 1.4 } as const;
const LIMIT_S = 3 * 86_400;
/** Jobs that someone may still want to cancel. */
const REMEMBERED = 200;

export class Jobs {
  /** Seconds that each runs undisturbed, by its name. */
  readonly lengths = new Map<string, number>();
  private readonly recent: { readonly job: string; readonly tenant: string }[] = [];

  readonly doers: readonly Doer[] = [
    { weight: 14, do: (drawing) => ({ ask: this.many(drawing) }) },
    { weight: 14, do: (drawing) => ({ ask: this.single(drawing) }) },
    { weight: 9, do: (drawing) => ({ ask: this.cancel(drawing) }) },
    { weight: 3, do: (drawing) => ({ ask: this.quota(drawing) }) },
  ];

  private single(drawing: Drawing): Ask {
    const tenant = one(drawing.random, drawing.world.tenants);
    const ask: Ask = { kind: 'command', by: adminOf(tenant.id), context: 'scheduling', route: '/jobs', key: drawing.key(), body: this.job(drawing, tenant.key) };
    this.remember(createdBy(ask, 'job'), tenant.id);
    return ask;
  }

  private many(drawing: Drawing): Ask {
    const tenant = one(drawing.random, drawing.world.tenants);
    const items = Array.from({ length: between(drawing.random, 2, 8) }, () => ({ idempotency_key: drawing.key(), input: this.job(drawing, tenant.key) }));
    const batch = { by: adminOf(tenant.id), context: 'scheduling', key: drawing.key() } as const;
    for (const { idempotency_key: key } of items) this.remember(createdBy({ ...batch, kind: 'command', route: '/jobs', key, body: {} }, 'job'), tenant.id);
    return { ...batch, kind: 'batch', route: '/jobs:batch', body: { items } };
  }

  private cancel(drawing: Drawing): Ask {
    const { job, tenant } = this.recent.length === 0 ? { job: 'job_00000000000000000000000000', tenant: drawing.world.tenants[0]?.id ?? '' } : one(drawing.random, this.recent);
    return { kind: 'command', by: adminOf(tenant), context: 'scheduling', route: '/jobs/{id}:cancel', target: job, key: drawing.key(), body: {} };
  }

  private quota({ random, world, key }: Drawing): Ask {
    const tenant = one(random, world.tenants);
    const body = { guaranteed_gpus: between(random, 2, 8) * 8, borrowable_gpus: 200, weight: between(random, 1, 3) };
    return { kind: 'command', by: OPERATIONS, context: 'scheduling', route: '/quotas/{id}:change', target: world.quotas.get(tenant.id) ?? '', key: key(), body };
  }

  private job({ random, world, key }: Drawing, tenant: string): object {
    const name = `job-${key()}`;
    const shape = random.pick(SHAPES);
    this.lengths.set(name, Math.max(60, Math.round(random.logNormal(LENGTH.median, LENGTH.sigma))));
    const project = one(random, world.projects);
    const { dataClass = 'internal' } = world.tenants.find((one) => one.key === tenant) ?? {};
    return { queue: world.queue, name, ...(tenant === LAB && { project }), ...shape, time_limit_s: LIMIT_S, priority: between(random, 0, 2), data_class: dataClass };
  }

  private remember(job: string, tenant: string): void {
    this.recent.push({ job, tenant });
    if (this.recent.length > REMEMBERED) this.recent.shift();
  }
}
