import { setTimeout as sleep } from 'node:timers/promises';

export interface EveryOptions {
  /** Milliseconds before the first time. Default: as between two. */
  readonly firstMs?: number;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Does something again and again, never twice at once; what fails is tried at the next time. It keeps no process alive.
 * @param ms rest between two times @returns ends it, and waits for the one under way
 */
export function every(ms: number, work: () => Promise<void>, { firstMs = ms, onTrouble }: EveryOptions): () => Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  const rest = (restMs: number) => sleep(restMs, undefined, { signal, ref: false }).catch(() => undefined);
  const working = (async () => {
    for (await rest(firstMs); !signal.aborted; await rest(ms)) await work().catch(onTrouble);
  })();
  return () => {
    ended.abort();
    return working;
  };
}
