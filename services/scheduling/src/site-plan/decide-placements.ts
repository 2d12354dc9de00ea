import { AllocationId, PlannedAllocation, sitePlanEvents, type SitePlanEvent } from '@pioche/contracts';
import { commandsOf } from '@pioche/kernel';
import { z } from 'zod';
import { checkPlacements } from './occupancy.js';
import { sitePlan } from './site-plan.js';

const { command } = commandsOf(sitePlan);
const Preemption = sitePlanEvents.events.PreemptionsDecided.data.shape.preemptions.element;

/**
 * One batch of the dispatcher: what has closed since the last one or closes with it, then what is placed and who is
 * asked to make room. Appended with the jobs' own events at the exact version that the engine saw, so that of two
 * engines only one can decide.
 */
export const decidePlacements = command({
  name: 'decidePlacements',
  summary: 'Take note of closed allocations, hold GPUs for new ones, and note who is asked to make room.',
  may: 'dispatch-jobs',
  internal: true,
  input: z.object({ released: z.array(AllocationId).default([]), placements: z.array(PlannedAllocation).default([]), preemptions: z.array(Preemption).default([]) }),
  decide(plan, { released, placements, preemptions }) {
    const asked = new Set<string>(released);
    const held = new Set([...plan.nodes.values()].flatMap(({ holds }) => holds.map(({ allocation }) => allocation)).filter((id) => asked.has(id)));
    checkPlacements(plan, placements, held);
    const allocations = [...new Set(released)].filter((id) => held.has(id));
    const events: SitePlanEvent[] = [];
    if (allocations.length > 0) events.push({ type: 'AllocationsReleased', data: { allocations } });
    if (placements.length > 0) events.push({ type: 'PlacementsDecided', data: { placements } });
    if (preemptions.length > 0) events.push({ type: 'PreemptionsDecided', data: { preemptions } });
    return events;
  },
});
