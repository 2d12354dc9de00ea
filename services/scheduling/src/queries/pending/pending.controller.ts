import { Controller } from '@nestjs/common';
import { idOf, Instant, instant } from '@pioche/kernel';
import { cursorOf, page, pageOf, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { z } from 'zod';
import { Dispatcher } from '../../dispatch/dispatcher.js';
import type { Submission } from '../../job/job.js';
import { askedAtMs } from '../what-if/asked-at.js';

const Shown = z.object({
  position: z.int().meta({ description: 'In the whole queue, from 1: the order in which jobs are served.' }),
  job: z.string(),
  tenant: z.string(),
  queue: z.string(),
  name: z.string(),
  priority: z.int(),
  nodes: z.int(),
  gpus_per_node: z.int(),
  gpu_milli: z.int(),
  site: z.string().nullable().meta({ description: 'Only there, if it asked so.' }),
  estimated_start: Instant.nullable().meta({ description: 'By the time limits of what runs and of what is before it; null when it cannot start as things are.' }),
  reasons: z.array(z.string()).meta({ description: 'Codes of the fewest things that stand in the way; GET /jobs/{id}/why puts them in words. Empty: it starts with the next plan.' }),
});
const Listing = z.object({
  ...pageQuery,
  site: idOf('site').optional().meta({ description: 'Those that ask for this site or for none.' }),
  tenant: idOf('tenant').optional(),
  queue: idOf('queue').optional(),
});

/** Whether the job is of all that was asked for. */
const matches = (asked: Submission, wanted: { readonly [K in 'tenant' | 'queue' | 'site']?: string | undefined }): boolean =>
  (['tenant', 'queue', 'site'] as const).every((key) => wanted[key] === undefined || asked[key] === wanted[key]);

/** What waits, as the engine serves it. Pages are of the queue as it is when they are asked for. */
@Controller()
export class PendingController {
  constructor(private readonly dispatcher: Dispatcher) {}

  @Query({ path: '/queue', summary: 'Jobs that wait, in the order they are served, with their estimated starts and reasons.', may: 'read-jobs', query: Listing, returns: pageOf(Shown), from: [] })
  async list({ query: { site, tenant, queue, page_size, page_token }, caller, after }: Asked<undefined, typeof Listing>) {
    const { engine, jobs } = await this.dispatcher.picture(after.get('scheduling'));
    const nowMs = askedAtMs(this.dispatcher.now);
    const reasons = engine.whyAll(nowMs);
    const starts = engine.estimates(nowMs);
    const from = Number(cursorOf(page_token)?.[0] ?? 0);
    const rows: z.input<typeof Shown>[] = [];
    for (const [at, job] of engine.pending().entries()) {
      const state = at < from ? undefined : jobs.get(job)?.state;
      if (!state || state.status === 'unknown') continue;
      const { asked } = state;
      if (!matches(asked, { tenant: caller.tenant }) || !matches(asked, { tenant, queue, ...(asked.site === undefined ? {} : { site }) })) continue;
      const start = starts.get(job);
      rows.push({
        position: at + 1, job, tenant: asked.tenant, queue: asked.queue, name: asked.name, priority: asked.priority,
        nodes: asked.nodes, gpus_per_node: asked.gpus_per_node, gpu_milli: asked.gpu_milli, site: asked.site ?? null,
        estimated_start: start === undefined ? null : instant(start), reasons: [...(reasons[at] ?? [])],
      });
      if (rows.length > page_size) break;
    }
    return page(rows, page_size, ({ position }) => [position]);
  }
}
