import { every, type Consumption } from '@pioche/event-bus';
import { impatient, type Check } from './health.js';

const EVERY_MS = 5_000;
/** How long consumers may take to go on when what was away is back. As long as they may stand still. */
const AGAIN_MS = 60_000;

export interface Watch {
  readonly consumers: () => ReadonlyMap<string, readonly Pick<Consumption, 'status' | 'problem'>[]>;
  /** What consumers cannot go on without. While one of these is away nobody is to end: another process would do no better. */
  readonly needs: readonly Check[];
  /** Told once. */
  readonly onFailed: (reason: string) => void;
}

/** Tells when a consumer has failed though all that it needs is there: the process is to end, so that another takes its place. */
export function watchConsumers({ consumers, needs, onFailed }: Watch): () => void {
  let awayUntil = -Infinity;
  const look = async (): Promise<void> => {
    const failed = [...consumers()].flatMap(([name, running]) => running.filter(({ status }) => status === 'failed').map(({ problem }) => `consumer ${name} has failed: ${problem ?? 'no progress'}`));
    if (failed[0] === undefined) return;
    const problems = await Promise.all(needs.map(impatient));
    if (problems.some((problem) => problem !== undefined)) awayUntil = Date.now();
    if (Date.now() - awayUntil < AGAIN_MS) return;
    void end();
    onFailed(failed[0]);
  };
  // What fails to be asked counts as away: it is asked again the next time.
  const end = every(EVERY_MS, look, { onTrouble: () => void (awayUntil = Date.now()) });
  return () => void end();
}
