/** What nodes report, and which command each report is. */
import { AllocationId } from '@pioche/contracts';
import { derivedId, idOf, Instant, unreachable, type AnyCommand, type Id } from '@pioche/kernel';
import { z } from 'zod';
import { acknowledgeFence } from '../fence/fence.commands.js';
import { checkpointJob, failJob, preemptJob, startJob, succeedJob } from '../job/job.commands.js';

const at = Instant.meta({ description: 'When it happened; not later than now.' });
const checkpoint = z.int().min(1).optional();
const ofJob = { job: idOf('job'), allocation: AllocationId, at };

export const Report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), ...ofJob }),
  z.object({ kind: z.literal('checkpointed'), ...ofJob, checkpoint: checkpoint.meta({ description: 'Counts the checkpoints of the allocation, from 1; absent: the next one.' }) }),
  z.object({ kind: z.literal('stopped'), ...ofJob, checkpoint: checkpoint.meta({ description: 'It was asked to stop and has: its last checkpoint, if it has saved one.' }) }),
  z.object({ kind: z.literal('finished'), ...ofJob }),
  z.object({ kind: z.literal('failed'), ...ofJob, reason: z.string().min(1) }),
  z.object({ kind: z.literal('fence_acknowledged'), fence: idOf('fence'), node: idOf('node'), at }),
]);
export type Report = z.infer<typeof Report>;

/** Stream, command and its input. */
export interface Told {
  readonly stream: string;
  readonly command: AnyCommand;
  readonly input: unknown;
}

/** @returns the command that says the same */
export function toldBy(report: Report): Told {
  switch (report.kind) {
    case 'started':
      return { stream: report.job, command: startJob, input: { allocation: report.allocation } };
    case 'checkpointed':
      return { stream: report.job, command: checkpointJob, input: { allocation: report.allocation, checkpoint: report.checkpoint } };
    case 'stopped':
      return { stream: report.job, command: preemptJob, input: { allocation: report.allocation, checkpoint: report.checkpoint } };
    case 'finished':
      return { stream: report.job, command: succeedJob, input: { allocation: report.allocation } };
    case 'failed':
      return { stream: report.job, command: failJob, input: { allocation: report.allocation, reason: report.reason } };
    case 'fence_acknowledged':
      return { stream: report.fence, command: acknowledgeFence, input: { node: report.node, by: 'agent' } };
    default:
      return unreachable(report);
  }
}

/** The id of a report's command follows from what it says: a repeat does nothing. */
export function reportCommandId(report: Report): Id<'cmd'> {
  const said = report.kind === 'fence_acknowledged' ? report.node : report.allocation;
  return derivedId('cmd', 'report', toldBy(report).stream, said, report.kind, report.at);
}
