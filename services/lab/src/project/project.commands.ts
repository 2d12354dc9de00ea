import { MilestoneId, projectEvents } from '@pioche/contracts';
import { commandsOf, Instant, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { OWNER_OPTIONAL, ownerOf } from '../owner.js';
import { project, type Project } from './project.js';

const { command } = commandsOf(project);

const started = (state: Project) => (state.status === 'unknown' ? refuse('unknown') : state);

export const startProject = command({
  name: 'start',
  summary: 'Start a project of a programme; what its jobs cost is its cost.',
  may: 'manage-lab',
  creates: true,
  input: projectEvents.events.ProjectStarted.data.partial(OWNER_OPTIONAL),
  decide(state, data, context) {
    if (state.status === 'started') refuse('already-exists', { project: context.id });
    return [{ type: 'ProjectStarted', data: { ...data, tenant: ownerOf(data.tenant, context) } }];
  },
});

export const planMilestone = command({
  name: 'planMilestone',
  summary: 'Plan a milestone, or move one that is not reached.',
  may: 'manage-lab',
  input: z.object({ milestone: MilestoneId.optional(), name: z.string().min(1), due: z.iso.date() }),
  decide(state, { milestone, name, due }, context) {
    const { milestones } = started(state);
    if (milestone !== undefined) {
      const known = milestones[milestone] ?? refuse('milestone-unknown', { milestone, known: Object.keys(milestones) });
      if (known.reachedAt !== undefined) refuse('milestone-reached', { milestone, reached_at: known.reachedAt });
      if (known.name === name && known.due === due) return [];
    }
    return [{ type: 'MilestonePlanned', data: { milestone: milestone ?? context.newId('milestone'), name, due } }];
  },
});

export const reachMilestone = command({
  name: 'reachMilestone',
  summary: 'Say that a milestone is reached, and by what that is shown.',
  may: 'manage-lab',
  input: z.object({ milestone: MilestoneId, reached_at: Instant, evidence: z.string().min(1) }),
  decide(state, data, { now }) {
    const { milestones } = started(state);
    const known = milestones[data.milestone] ?? refuse('milestone-unknown', { milestone: data.milestone, known: Object.keys(milestones) });
    if (known.reachedAt !== undefined) refuse('milestone-reached', { milestone: data.milestone, reached_at: known.reachedAt });
    if (data.reached_at > now) refuse('reached-in-the-future', { reached_at: data.reached_at, now });
    return [{ type: 'MilestoneReached', data }];
  },
});

export const projectCommands = [startProject, planMilestone, reachMilestone] as const;
