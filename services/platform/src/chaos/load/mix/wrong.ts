/** What is asked wrongly on purpose: each has to be refused, and to leave nothing behind. */
import type { Ask } from '../../history/records.js';
import { one, OPERATIONS, adminOf, type Deed, type Doer, type Drawing } from '../deed.js';

const onNode = ({ random, world, key }: Drawing, command: string, body: object): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'inventory', route: `/nodes/{id}:${command}`, target: one(random, world.nodes).id, key: key(), body,
});
const job = ({ world, key }: Drawing, body: object): Ask => ({ kind: 'command', by: adminOf(world.tenants[0]?.id ?? ''), context: 'scheduling', route: '/jobs', key: key(), body: { queue: world.queue, ...body } });
const quota = ({ world, random, key }: Drawing, body: object): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'scheduling', route: '/quotas/{id}:change', target: world.quotas.get(one(random, world.tenants).id) ?? '', key: key(), body,
});

const WRONG: readonly ((drawing: Drawing) => Deed)[] = [
  // A transition that there is not.
  (drawing) => ({ ask: onNode(drawing, 'retire', { erasure_proof: 'none' }) }),
  (drawing) => ({ ask: onNode(drawing, 'shipRma', { tracking: 'none' }) }),
  // A version that the stream has not.
  (drawing) => ({ ask: quota(drawing, { guaranteed_gpus: 1, borrowable_gpus: 1, weight: 1 }), staleMatch: true }),
  // A body that says too little, or what there is not.
  (drawing) => ({ ask: job(drawing, { name: 'wrong', nodes: 0 }) }),
  (drawing) => ({ ask: job(drawing, { name: 'late', deadline: '2026-01-01T00:00:00.000Z', time_limit_s: 60 }) }),
  // Another tenant's.
  (drawing) => ({ ask: { ...job(drawing, { name: 'foreign' }), body: { queue: drawing.world.queue, name: 'foreign', tenant: drawing.world.tenants[1]?.id } } }),
  // A decision that is only asked for.
  (drawing) => ({ ask: { ...job(drawing, { name: 'what-if' }), validateOnly: true } }),
  (drawing) => ({ ask: { ...onNode(drawing, 'quarantine', { reason: 'what if' }), validateOnly: true } }),
  // A key that has been used for something else.
  (drawing) => ({ ask: quota(drawing, { guaranteed_gpus: 16, borrowable_gpus: 200, weight: 1 }), reusedFor: { guaranteed_gpus: 17, borrowable_gpus: 200, weight: 1 } }),
];

export const WRONGS: readonly Doer[] = [{ weight: 12, do: (drawing) => one(drawing.random, WRONG)(drawing) }];
