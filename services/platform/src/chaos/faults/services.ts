/** Services that die, stand still, get company, or wake where another has taken their place. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { of, type FaultKind } from './kind.js';

const contextOf = (target: string): ContextName => of(new Map(CONTEXTS.map((context) => [context, context])), target);
const processOf = (target: string) => [`${target} process`];
/** How long a replica may take to lead where the first cannot. */
const REPLICA_MS = 30_000;
/** How long both are awake. */
const TOGETHER_MS = 1_500;

export const serviceFaults = {
  'kill-service': {
    targets: CONTEXTS,
    forMs: [0, 5_000],
    weight: 3,
    holds: processOf,
    async inject({ processes }, target) {
      const process = of(processes, target);
      await process.kill();
      return () => process.start();
    },
  },
  'pause-service': {
    targets: CONTEXTS,
    forMs: [1_000, 15_000],
    weight: 2,
    holds: processOf,
    inject({ processes }, target) {
      const process = of(processes, target);
      process.pause();
      return () => process.resume();
    },
  },
  /** Its consumers are given out anew when it comes, and again when it is gone without a word. */
  'second-replica': {
    targets: CONTEXTS,
    forMs: [5_000, 12_000],
    weight: 2,
    holds: (target) => [...processOf(target), `${target} replica`],
    async inject(system, target) {
      const replica = await system.startReplica(contextOf(target));
      return () => replica.process.kill();
    },
  },
  /** A leader stands still, loses its locks to a replica, and wakes without knowing that. */
  'stale-leader': {
    targets: CONTEXTS,
    forMs: [2_000, 8_000],
    weight: 2,
    holds: (target) => [...processOf(target), `${target} replica`, 'postgres', 'kafka'],
    async inject(system, target, { signal }) {
      const context = contextOf(target);
      const process = of(system.processes, target);
      const replica = await system.startReplica(context);
      try {
        await replica.untilReady(REPLICA_MS);
        process.pause();
        await system.terminateBackends(context);
      } catch (error) {
        process.resume();
        await replica.process.kill();
        throw error;
      }
      return async () => {
        process.resume();
        await sleep(TOGETHER_MS, undefined, { signal }).catch(() => undefined);
        await replica.process.kill();
      };
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
