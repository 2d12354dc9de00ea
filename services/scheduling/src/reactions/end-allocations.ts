import type { JobEvent } from '@pioche/contracts';
import type { Command } from '@pioche/kernel';
import type { ReactionTools } from '@pioche/service-kit';
import type { z } from 'zod';
import { job, type Job } from '../job/job.js';
import type { Hold, SitePlan } from '../site-plan/site-plan.js';
import { unless } from './plans.js';

/** What the plan's nodes hold, each allocation once. Some may have ended that the plan has not taken note of yet. */
export const holdsOf = (plan: SitePlan, which: (hold: Hold) => boolean): Hold[] => {
  const found = [...plan.nodes.values()].flatMap(({ holds }) => holds.filter(which));
  return [...new Map(found.map((hold) => [hold.allocation, hold])).values()];
};

/** Ends each of these allocations, at once; what has ended already stays as it is. */
export async function endAllocations<I extends z.ZodType>(holds: readonly Hold[], command: Command<Job, JobEvent, I>, inputOf: (hold: Hold) => z.input<I>, { load, tell, now }: ReactionTools): Promise<void> {
  await Promise.all(
    holds.map(async (hold) => {
      const { state } = await load(job, hold.job);
      if (state.status === 'unknown' || state.open?.allocation !== hold.allocation) return;
      // In a simulation the cause may have happened before the placement was decided; nothing ends before it began.
      const at = state.open.opened_at > now ? state.open.opened_at : now;
      await tell(command, hold.job, inputOf(hold), { nth: hold.allocation, at }).catch(unless('allocation-closed', 'transition-not-allowed'));
    }),
  );
}
