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
  let wake = (): void => {};
  const rest = (restMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (ended.signal.aborted) return resolve();
      const timer = setTimeout(resolve, restMs).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const working = (async () => {
    for (await rest(firstMs); !ended.signal.aborted; await rest(ms)) await work().catch(onTrouble);
  })();
  return () => {
    ended.abort();
    wake();
    return working;
  };
}
