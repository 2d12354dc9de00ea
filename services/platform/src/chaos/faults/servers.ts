/** PostgreSQL and Kafka that die, stand still, or have no room. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { of, type FaultKind } from './kind.js';

const contexts = new Map(CONTEXTS.map((context): [ContextName, ContextName] => [context, context]));

const killed = (server: 'postgres' | 'kafka', weight: number): FaultKind => ({
  targets: [server],
  forMs: [0, 5_000],
  weight,
  holds: () => [server],
  async inject({ [server]: one }) {
    await one.kill();
    return () => one.start();
  },
});

const paused = (server: 'postgres' | 'kafka'): FaultKind => ({
  targets: [server],
  forMs: [1_000, 8_000],
  weight: 1,
  holds: () => [server],
  inject({ [server]: one }) {
    one.pause();
    return () => one.resume();
  },
});

/** Room that is left when the disk is called full, in bytes: it gets full while something is being written. */
const LEFT = 64 * 1024;

export const serverFaults = {
  'kill-postgres': killed('postgres', 2),
  'pause-postgres': paused('postgres'),
  'kill-kafka': killed('kafka', 2),
  'pause-kafka': paused('kafka'),
  /** Kafka ends itself when its only log folder cannot be written. */
  'disk-full': {
    targets: ['kafka'],
    forMs: [3_000, 6_000],
    weight: 1,
    holds: () => ['kafka'],
    missing: ({ disk }) => (disk ? undefined : 'no file system can be mounted here for the log of Kafka (root on Linux can)'),
    async inject({ disk, kafka }) {
      await disk?.leave(LEFT);
      return async () => {
        disk?.free();
        await kafka.kill();
        await kafka.start();
      };
    },
  },
  'terminate-backends': {
    targets: CONTEXTS,
    forMs: [0, 0],
    weight: 2,
    holds: () => ['postgres'],
    async inject(system, target) {
      await system.terminateBackends(of(contexts, target));
      return () => {};
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
