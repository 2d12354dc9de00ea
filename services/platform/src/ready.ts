/** Whether a service is ready, as it says itself. */
const READY_MS = 120_000;
const ANSWER_MS = 5_000;
const PAUSE_MS = 100;

/** Asks once. @param url of the service @returns what is wrong; nothing when it is ready */
export const askReady = (url: string): Promise<string | undefined> =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
    async (response) => (response.ok ? undefined : response.text()),
    (error: unknown) => (error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)),
  );

/** @param name of the service, for people @throws Error when it is not ready in that time, with what it says is wrong */
export async function untilReady(name: string, url: string, patienceMs = READY_MS): Promise<void> {
  for (const end = Date.now() + patienceMs; ; ) {
    const wrong = await askReady(url);
    if (wrong === undefined) return;
    if (Date.now() > end) throw new Error(`${name} is not ready after ${patienceMs / 1000} s: ${wrong}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
