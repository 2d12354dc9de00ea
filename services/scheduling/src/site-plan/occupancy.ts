/** The invariant of a site: no GPU is held for more than the whole of it. */
import { refuse } from '@pioche/kernel';
import type { PlannedAllocation } from '@pioche/contracts';
import type { PlannedNode, SitePlan } from './site-plan.js';

export const WHOLE_GPU = 1000;

/** Thousandths held of each GPU of the node. */
export function heldOf(node: PlannedNode): Map<string, number> {
  const held = new Map<string, number>(node.node.gpus.map(({ id }) => [id, 0]));
  for (const { gpus, milli } of node.holds) for (const gpu of gpus) held.set(gpu, (held.get(gpu) ?? 0) + milli);
  return held;
}

/**
 * Checks a batch as a whole against what the plan holds.
 * @throws Refusal `tenant-barred`, `allocation-exists`, `node-unknown`, `node-not-open`, `gpu-unknown` or `gpu-taken`
 */
export function checkPlacements(plan: SitePlan, batch: readonly PlannedAllocation[], releasing: ReadonlySet<string>): void {
  const held = new Map<string, Map<string, number>>();
  const seen = new Set<string>();
  for (const planned of plan.nodes.values())
    for (const { allocation } of planned.holds) if (!releasing.has(allocation)) seen.add(allocation);

  for (const { allocation, tenant, gpu_milli, placements } of batch) {
    if (plan.barred.has(tenant)) refuse('tenant-barred', { tenant, switches: [...(plan.barred.get(tenant) ?? [])] });
    if (seen.has(allocation)) refuse('allocation-exists', { allocation });
    seen.add(allocation);
    for (const { node, gpus } of placements) {
      const planned = plan.nodes.get(node) ?? refuse('node-unknown', { node });
      if (planned.status !== 'open') refuse('node-not-open', { node, status: planned.status });
      const kept = { ...planned, holds: planned.holds.filter((hold) => !releasing.has(hold.allocation)) };
      const onNode = held.get(node) ?? heldOf(kept);
      held.set(node, onNode);
      for (const gpu of gpus) {
        const before = onNode.get(gpu) ?? refuse('gpu-unknown', { node, gpu });
        if (before + gpu_milli > WHOLE_GPU) refuse('gpu-taken', { node, gpu, held_milli: before, asked_milli: gpu_milli });
        onNode.set(gpu, before + gpu_milli);
      }
    }
  }
}
