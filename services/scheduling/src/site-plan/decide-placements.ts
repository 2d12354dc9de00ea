import { AllocationId, PlannedAllocation, type SitePlanEvent } from '@pioche/contracts';
import { commandsOf } from '@pioche/kernel';
import { z } from 'zod';
import { checkPlacements } from './occupancy.js';
import { sitePlan } from './site-plan.js';

const { command } = commandsOf(sitePlan);

/**
 * One batch of the dispatcher: what has closed since the last one, then what is placed. Appended with the jobs'
 * own events at the exact version that the engine saw, so that of two engines only one can decide.
 */
export const decidePlacements = command({
  name: 'decidePlacements',
  summary: 'Take note of closed allocations and hold GPUs for new ones.',
  may: 'dispatch-jobs',
  internal: true,
  input: z.object({ released: z.array(AllocationId).default([]), placements: z.array(PlannedAllocation).default([]) }),
  decide(plan, { released, placements }) {
    const asked = new Set<string>(released);
    const held = new Set([...plan.nodes.values()].flatMap(({ holds }) => holds.map(({ allocation }) => allocation)).filter((id) => asked.has(id)));
    checkPlacements(plan, placements, held);
    const allocations = [...new Set(released)].filter((id) => held.has(id));
    const events: SitePlanEvent[] = [];
    if (allocations.length > 0) events.push({ type: 'AllocationsReleased', data: { allocations } });
    if (placements.length > 0) events.push({ type: 'PlacementsDecided', data: { placements } });
    return events;
  },
});
