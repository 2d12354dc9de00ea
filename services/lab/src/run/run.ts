import { commandsOf, derivedId, refuse, unreachable, type Decider, type Id } from '@pioche/kernel';
import { runEvents, type FactOf } from '@pioche/contracts';
import { z } from 'zod';

export type RunEvent = FactOf<typeof runEvents>;
export type Run = { readonly status: 'unknown' } | ({ readonly status: 'linked' } & RunEvent['data']);

/** The run that a job is: each job is at most one. */
export const runIdOf = (job: string): Id<'run'> => derivedId('run', job);

export const run: Decider<Run, RunEvent> = {
  name: 'run',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(_run, event) {
    switch (event.type) {
      case 'RunLinked':
        return { status: 'linked', ...event.data };
      default:
        return unreachable(event.type);
    }
  },
};

const { command } = commandsOf(run);

export const linkRun = command({
  name: 'link',
  summary: 'Say that a job, submitted for a project, is a run of it.',
  may: 'manage-lab',
  internal: true,
  upserts: true,
  input: runEvents.events.RunLinked.data,
  decide(state, data) {
    if (state.status === 'unknown') return [{ type: 'RunLinked', data }];
    if (state.project !== data.project) refuse('run-linked-elsewhere', { project: state.project });
    return [];
  },
});

export const assignExperiment = command({
  name: 'assignExperiment',
  summary: 'Say which experiment of its project a run belongs to.',
  may: 'manage-lab',
  input: z.object({ experiment: z.string().min(1) }),
  decide(state, { experiment }) {
    if (state.status === 'unknown') return refuse('unknown');
    const { tenant, job, project } = state;
    return state.experiment === experiment ? [] : [{ type: 'RunLinked', data: { tenant, job, project, experiment } }];
  },
});

export const runCommands = [linkRun, assignExperiment] as const;
