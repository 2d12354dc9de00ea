/** Milliseconds: the other figures are wanted most when the database does not answer. */
const PATIENCE_MS = 1_500;
const FRESH_MS = 5_000;

/** What was asked for; nothing where it fails or takes too long. */
export const soon = async <T>(asked: T | Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), PATIENCE_MS).unref()));
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
};

/** One look serves all who ask within five seconds: however many scrape, the database is asked no more often. */
export function cached<T>(look: () => Promise<T>): () => Promise<T> {
  let at = -Infinity;
  let latest: Promise<T> | undefined;
  return () => {
    if (latest === undefined || performance.now() - at > FRESH_MS) {
      at = performance.now();
      latest = look();
    }
    return latest;
  };
}
