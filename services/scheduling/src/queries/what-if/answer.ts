import { Instant, instant } from '@pioche/kernel';
import { z } from 'zod';
import type { Answer } from '../../engine/index.js';
import { SUPPOSED } from './question.js';
import type { seenBy } from './seen-by.js';

/** Jobs of a list at most; the counts are of all. */
const MOST = 1_000;

export const ShownReason = z.object({ code: z.string(), text: z.string(), details: z.record(z.string(), z.unknown()) });
const Start = z.object({ site: z.string(), gpu_model: z.string(), placements: z.array(z.object({ node: z.string(), gpus: z.array(z.string()) })) });

export const ShownAnswer = z.object({
  job: z
    .object({
      job: z.string().nullable().meta({ description: 'Null: the one that is only supposed.' }),
      starts_now: Start.nullable().meta({ description: 'Where; null: it would wait.' }),
      reasons: z.array(ShownReason).meta({ description: 'The fewest things that would stand in the way.' }),
      estimated_start: Instant.nullable(),
    })
    .nullable()
    .meta({ description: 'The job that the question is about, if it is about one.' }),
  counts: z
    .object({ starts_now: z.int(), earlier: z.int(), later: z.int(), preempted: z.int(), repaired: z.int(), evicted: z.int(), leaving: z.int() })
    .meta({ description: 'Of all other jobs, whoever they belong to: those that would start now and else would not, or at least a second earlier or later; that would be asked to make room, go on with other nodes, be stopped at once, or be stopped at the deadline.' }),
  starts_now: z.array(z.object({ job: z.string(), site: z.string() })),
  others: z.array(z.object({ job: z.string(), before: Instant.nullable(), after: Instant.nullable() })).meta({ description: 'Estimated starts that would be other ones; null: not as things are, or it does not wait.' }),
  preempted: z.array(z.object({ job: z.string(), reason: z.string(), stop_by: Instant })),
  repaired: z.array(z.object({ job: z.string(), replaced: z.array(z.object({ node: z.string(), by: z.string() })) })),
  evicted: z.array(z.object({ job: z.string(), reason: z.string() })),
  leaving: z.array(z.object({ job: z.string(), stop_by: Instant })),
}).meta({ description: `Lists have ${MOST} jobs at most, and only those that the caller may know of.` });

const time = (ms: number | undefined) => (ms === undefined ? null : instant(ms));

/** The engine's answer as the caller may see it. */
export function answerFor(answer: Answer, seen: ReturnType<typeof seenBy>): z.input<typeof ShownAnswer> {
  const { job, starts, moved, earlier, later, preemptions, repairs, evictions, leaving } = answer;
  const own = <T extends { readonly job: string }>(list: readonly T[]): T[] => list.filter((each) => seen.ownsJob(each.job)).slice(0, MOST);
  return {
    job: job
      ? {
          job: job.job === SUPPOSED ? null : job.job,
          starts_now: job.starts
            ? { site: job.starts.site, gpu_model: job.starts.gpuModel, placements: job.starts.placements.map(({ node, gpus }) => ({ node, gpus: [...gpus] })) }
            : null,
          reasons: seen.reasons(job.reasons),
          estimated_start: time(job.estimatedStartMs),
        }
      : null,
    counts: { starts_now: starts.length, earlier, later, preempted: preemptions.length, repaired: repairs.length, evicted: evictions.length, leaving: leaving.length },
    starts_now: own(starts).map(({ job: id, site }) => ({ job: id, site })),
    others: own(moved).map(({ job: id, beforeMs, afterMs }) => ({ job: id, before: time(beforeMs), after: time(afterMs) })),
    preempted: own(preemptions).map(({ job: id, reason, byMs }) => ({ job: id, reason, stop_by: instant(byMs) })),
    repaired: own(repairs).map(({ job: id, replaced }) => ({ job: id, replaced: replaced.map((each) => ({ ...each })) })),
    evicted: own(evictions).map(({ job: id, reason }) => ({ job: id, reason })),
    leaving: own(leaving).map(({ job: id, byMs }) => ({ job: id, stop_by: instant(byMs) })),
  };
}
