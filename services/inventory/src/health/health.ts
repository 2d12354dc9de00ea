import { healthEvents, type FactOf } from '@pioche/contracts';
import { derivedId, unreachable, type Decider, type Instant } from '@pioche/kernel';

export type HealthEvent = FactOf<typeof healthEvents>;
type DataOf<T extends HealthEvent['type']> = Extract<HealthEvent, { type: T }>['data'];

export type Watch = DataOf<'HealthWatchStarted'>;
export type OpenAlert = DataOf<'HealthAlertOpened'>;

export interface Watched {
  readonly status: 'watched';
  readonly watch: Watch;
  readonly open: readonly OpenAlert[];
  /** When a condition was last closed, by subject and code: an older sighting of it is no news. */
  readonly closed: Readonly<Record<string, Instant>>;
}
export type Health = { readonly status: 'unknown' } | Watched;

/** The stream of a node's health. */
export const healthId = (node: string) => derivedId('health', node);

/** What tells conditions apart: the GPU, or how the source names it, and the code. */
export const conditionOf = (alert: Pick<OpenAlert, 'gpu' | 'named' | 'code'>): string => `${alert.gpu ?? alert.named ?? ''}/${alert.code}`;

export const health: Decider<Health, HealthEvent> = {
  name: 'health',
  initial: { status: 'unknown' },
  snapshots: { every: 500, version: 1 },
  evolve(state, event) {
    if (state.status === 'unknown') {
      if (event.type !== 'HealthWatchStarted') throw new Error('a node is watched before alerts are opened on it');
      return { status: 'watched', watch: event.data, open: [], closed: {} };
    }
    switch (event.type) {
      case 'HealthWatchStarted':
        return { ...state, watch: event.data };
      case 'HealthAlertOpened':
        return { ...state, open: [...state.open, event.data] };
      case 'HealthAlertClosed':
        return {
          ...state,
          open: state.open.filter((alert) => alert.alert !== event.data.alert),
          closed: { ...state.closed, [conditionOf(event.data)]: event.data.closed_at },
        };
      default:
        return unreachable(event);
    }
  },
};
