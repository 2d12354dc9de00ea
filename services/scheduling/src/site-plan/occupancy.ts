/** The invariant of a site: no GPU is held for more than the whole of it, and MIG instances of one never overlap. */
import { refuse } from '@pioche/kernel';
import type { PlannedAllocation } from '@pioche/contracts';
import { MIG_PROFILES, migBits, migMilli, type MigProfileName } from '../engine/mig.js';
import { WHOLE } from '../engine/units.js';
import type { PlannedNode, SitePlan } from './site-plan.js';

/** What is held of one GPU. A GPU is shared by thousandths or cut into MIG instances, never both. */
export interface HeldGpu {
  readonly milli: number;
  /** Memory slices that MIG instances have taken, as bits. */
  readonly slices: number;
}

const NOTHING: HeldGpu = { milli: 0, slices: 0 };

/** What is held of each GPU of the node. */
export function heldOf(node: PlannedNode): Map<string, HeldGpu> {
  const held = new Map<string, HeldGpu>(node.node.gpus.map(({ id }) => [id, NOTHING]));
  for (const { gpus, milli, slices = 0 } of node.holds)
    for (const gpu of gpus) {
      const before = held.get(gpu) ?? NOTHING;
      held.set(gpu, { milli: before.milli + milli, slices: before.slices | slices });
    }
  return held;
}

/**
 * Checks a batch as a whole against what the plan holds.
 * @param releasing allocations that are given back in the same append
 * @throws Refusal `tenant-barred`, `allocation-exists`, `node-unknown`, `node-not-open`, `gpu-unknown`, `gpu-taken`,
 *   `mig-overlaps` or `mig-shape`
 */
export function checkPlacements(plan: SitePlan, batch: readonly PlannedAllocation[], releasing: ReadonlySet<string>): void {
  const held = new Map<string, Map<string, HeldGpu>>();
  const seen = new Set<string>();
  for (const planned of plan.nodes.values())
    for (const { allocation } of planned.holds) if (!releasing.has(allocation)) seen.add(allocation);

  for (const { allocation, job, tenant, gpu_milli, mig_profile, placements } of batch) {
    if (plan.barred.has(tenant)) refuse('tenant-barred', { tenant, switches: [...(plan.barred.get(tenant) ?? [])] });
    if (seen.has(allocation)) refuse('allocation-exists', { allocation });
    seen.add(allocation);
    for (const { node, gpus, mig_start } of placements) {
      const planned = plan.nodes.get(node) ?? refuse('node-unknown', { node });
      // A gang that is repaired stays on its other nodes, also where nothing new is placed.
      const stays = planned.status === 'cordoned' && planned.holds.some((hold) => hold.job === job && releasing.has(hold.allocation));
      if (planned.status !== 'open' && !stays) refuse('node-not-open', { node, status: planned.status });
      const kept = { ...planned, holds: planned.holds.filter((hold) => !releasing.has(hold.allocation)) };
      const onNode = held.get(node) ?? heldOf(kept);
      held.set(node, onNode);
      const slices = mig_profile === undefined ? 0 : instanceAt(mig_profile, mig_start, gpus, gpu_milli);
      for (const gpu of gpus) onNode.set(gpu, take(onNode.get(gpu) ?? refuse('gpu-unknown', { node, gpu }), gpu_milli, slices, { node, gpu }));
    }
  }
}

/** @throws Refusal `gpu-taken` or `mig-overlaps` */
function take(before: HeldGpu, milli: number, slices: number, of: { readonly node: string; readonly gpu: string }): HeldGpu {
  const mixed = before.milli > 0 && (before.slices === 0) !== (slices === 0);
  if (mixed || before.milli + milli > WHOLE) refuse('gpu-taken', { ...of, held_milli: before.milli, asked_milli: milli, instances: before.slices !== 0 });
  if ((before.slices & slices) !== 0) refuse('mig-overlaps', { ...of, taken_slices: before.slices, asked_slices: slices });
  return { milli: before.milli + milli, slices: before.slices | slices };
}

/** @returns the slices of the instance, as bits @throws Refusal `mig-shape` */
function instanceAt(profile: MigProfileName, start: number | undefined, gpus: readonly string[], milli: number): number {
  const starts: readonly number[] = MIG_PROFILES[profile].starts;
  if (start === undefined || !starts.includes(start) || gpus.length !== 1 || milli !== migMilli(profile))
    return refuse('mig-shape', { mig_profile: profile, mig_start: start, starts, gpus: gpus.length, gpu_milli: milli });
  return migBits(profile, start);
}
