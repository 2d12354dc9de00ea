import { Controller } from '@nestjs/common';
import { NodePlacement } from '@pioche/contracts';
import { idOf, Instant, refuse } from '@pioche/kernel';
import { Action, Query, type ActionAsked, type Asked } from '@pioche/service-kit';
import { z } from 'zod';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { Report } from './report.js';
import { reporterOf } from './reporter.js';
import { Reports } from './reports.js';

/** Reports of one request at most. */
const MOST = 1_000;

const Question = z.object({
  site: idOf('site').optional().meta({ description: 'Needed of a gateway; a node gets its own.' }),
  since: z.coerce.number().int().min(0).optional().meta({ description: 'The cursor of the last answer: only what has changed since.' }),
});
const Assignments = z.object({
  cursor: z.int().meta({ description: 'Position that the answer is of: `since` of the next question.' }),
  complete: z.boolean().meta({ description: 'All that is open: what is not in it has ended. False: what has changed since the cursor.' }),
  assignments: z.array(
    z.object({
      allocation: z.string(),
      job: z.string(),
      name: z.string(),
      tenant: z.string(),
      time_limit_s: z.int(),
      placements: z.array(NodePlacement),
      status: z.enum(['placed', 'running']),
      placed_at: Instant,
      started_at: Instant.optional(),
      stop_by: Instant.optional().meta({ description: 'Save the progress, stop, and report `stopped` before it; then it is stopped.' }),
    }),
  ),
  ended: z.array(z.string()).meta({ description: 'Allocations to be stopped, if they run; of a gang that goes on with other nodes, the next one is among the assignments.' }),
  fences: z.array(z.object({ fence: z.string(), tenant: z.string(), nodes: z.array(z.string()) })).meta({ description: 'Stop what runs of the tenant on these nodes, and acknowledge; told until it is obeyed.' }),
});
const Batch = z.object({ reports: z.array(Report).min(1).max(MOST) });
const Answer = z.object({
  position: z.int().meta({ description: 'Of the last event that was written; 0: none.' }),
  results: z.array(
    z.object({
      status: z.enum(['accepted', 'unchanged', 'refused']),
      problem: z.looseObject({ type: z.string(), title: z.string(), status: z.int(), code: z.string() }).optional(),
    }),
  ).meta({ description: 'One per report, in order.' }),
});

/** Nodes fetch what they have to run, and report what became of it. */
@Controller()
export class AgentController {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly reports: Reports,
  ) {}

  @Query({ path: '/agent/assignments', summary: 'What the nodes of a site have to run and to stop.', may: 'run-agent', query: Question, returns: Assignments, from: [] })
  async assignments({ query: { site, since }, caller, after }: Asked<undefined, typeof Question>) {
    const reporter = reporterOf(caller);
    const reader = 'node' in reporter ? { site, node: reporter.node } : { site: site ?? refuse('site-required') };
    const { board, position } = await this.dispatcher.picture(Math.max(after.get('scheduling') ?? 0, since ?? 0));
    const { complete, assignments, ended, fences } = board.notice(reader, since);
    return {
      cursor: position,
      complete,
      assignments: assignments.map((one) => ({ ...one, placements: one.placements.map((share) => ({ ...share, gpus: [...share.gpus] })) })),
      ended: [...ended],
      fences: fences.map((order) => ({ ...order, nodes: [...order.nodes] })),
    };
  }

  @Action({ path: '/agent/reports', summary: 'What became of assignments. Each report repeats harmlessly.', may: 'run-agent', body: Batch, returns: Answer, keyInBody: true })
  async report({ body, caller, now }: ActionAsked<undefined, typeof Batch>) {
    const taken = await this.reports.take(body.reports, caller, now);
    return {
      position: taken.reduce((last, { position }) => Math.max(last, position), 0),
      results: taken.map(({ status, problem }) => ({ status, ...(problem === undefined ? {} : { problem: { ...problem } }) })),
    };
  }
}
