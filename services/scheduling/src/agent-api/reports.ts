import { Injectable } from '@nestjs/common';
import { AggregateStore, type Executed } from '@pioche/event-store';
import { refuse, type Instant } from '@pioche/kernel';
import { ProblemMaker, type Caller, type Problem } from '@pioche/service-kit';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { errors } from '../errors.js';
import { job } from '../job/job.js';
import { reportCommandId, toldBy, type Report } from './report.js';
import { reporterOf, type Reporter } from './reporter.js';

export interface Reported {
  readonly status: 'accepted' | 'unchanged' | 'refused';
  readonly position: number;
  readonly problem?: Problem;
}

/** Takes reports of nodes. Each is idempotent by itself: the command's id follows from what it says. */
@Injectable()
export class Reports {
  private readonly problems = new ProblemMaker('scheduling', errors);

  constructor(
    private readonly aggregates: AggregateStore,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** Those of one job, or of one fence, in their order; different ones at once. @returns one for each, in their order */
  async take(reports: readonly Report[], caller: Caller, now: Instant): Promise<Reported[]> {
    const reporter = reporterOf(caller);
    const results: Reported[] = [];
    const streams = Map.groupBy(reports.entries(), ([, report]) => toldBy(report).stream);
    await Promise.all(
      [...streams.values()].map(async (own) => {
        for (const [index, report] of own) results[index] = await this.one(report, reporter, caller, now);
      }),
    );
    return results;
  }

  private async one(report: Report, reporter: Reporter, caller: Caller, now: Instant): Promise<Reported> {
    try {
      if (report.at > now) refuse('report-from-the-future', { at: report.at, now });
      if ('node' in reporter) await this.checkNode(report, reporter.node);
      const { position, events, repeated } = await this.execute(report, caller);
      return { status: events.length > 0 && !repeated ? 'accepted' : 'unchanged', position };
    } catch (error) {
      const { problem } = this.problems.of(error);
      // Not a refusal but a failure: the whole batch is reported again.
      if (problem.status >= 500) throw error;
      return { status: 'refused', position: 0, problem };
    }
  }

  private execute(report: Report, { subject }: Caller): Promise<Executed> {
    const { stream, command, input } = toldBy(report);
    // What a node's clock says may lie a little before the scheduler's placement: nothing starts or ends before it.
    const placedAt = report.kind === 'fence_acknowledged' ? '' : (this.dispatcher.board.find(report.allocation)?.placed_at ?? '');
    return this.aggregates.execute(command, stream, input, {
      commandId: reportCommandId(report),
      actor: subject,
      now: report.at > placedAt ? report.at : placedAt,
    });
  }

  /** A node speaks for itself: of allocations on it, and of its own fence. */
  private async checkNode(report: Report, node: string): Promise<void> {
    if (report.kind === 'fence_acknowledged') {
      if (report.node !== node) refuse('not-on-this-node', { node: report.node });
      return;
    }
    const { allocation } = report;
    const known = this.dispatcher.board.find(allocation) ?? (await this.openOf(report.job));
    if (known?.allocation === allocation && !known.placements.some((each) => each.node === node)) refuse('not-on-this-node', { allocation });
  }

  private async openOf(id: string) {
    const { state } = await this.aggregates.load(job, id);
    return state.status === 'unknown' ? undefined : state.open;
  }
}
