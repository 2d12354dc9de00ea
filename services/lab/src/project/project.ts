import { unreachable, type Decider, type Id, type Instant } from '@pioche/kernel';
import type { FactOf, projectEvents } from '@pioche/contracts';

export type ProjectEvent = FactOf<typeof projectEvents>;

export interface Milestone {
  readonly name: string;
  /** A day, YYYY-MM-DD. */
  readonly due: string;
  readonly reachedAt?: Instant;
}

export type Project =
  | { readonly status: 'unknown' }
  | { readonly status: 'started'; readonly tenant: Id<'tenant'>; readonly milestones: Readonly<Record<string, Milestone>> };

export const project: Decider<Project, ProjectEvent> = {
  name: 'project',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    if (event.type === 'ProjectStarted') return { status: 'started', tenant: event.data.tenant, milestones: {} };
    if (state.status === 'unknown') return state;
    const known = state.milestones[event.data.milestone];
    switch (event.type) {
      case 'MilestonePlanned': {
        const { milestone, name, due } = event.data;
        return { ...state, milestones: { ...state.milestones, [milestone]: { name, due } } };
      }
      case 'MilestoneReached': {
        const { milestone, reached_at } = event.data;
        return known ? { ...state, milestones: { ...state.milestones, [milestone]: { ...known, reachedAt: reached_at } } } : state;
      }
      default:
        return unreachable(event);
    }
  },
};
