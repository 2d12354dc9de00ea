import type { Consumption } from '@pioche/event-bus';

const EVERY_MS = 5_000;

/** Tells, once, when a consumer has failed for good: the process is to end, so that another takes its place. */
export function watchConsumers(
  consumers: () => ReadonlyMap<string, readonly Pick<Consumption, 'status' | 'problem'>[]>,
  onFailed: ((reason: string) => void) | undefined,
): () => void {
  const timer = setInterval(() => {
    for (const [name, running] of consumers()) {
      const failed = running.find(({ status }) => status === 'failed');
      if (failed === undefined) continue;
      clearInterval(timer);
      onFailed?.(`consumer ${name} has failed: ${failed.problem ?? 'no progress'}`);
      return;
    }
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}
