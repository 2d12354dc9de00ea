interface Dependant {
  /** Synchronous: the process is at its very end. */
  kill(): void;
  stop(): Promise<void>;
}

const dependants = new Set<Dependant>();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
let listening = false;

/**
 * Ends a server when this process ends. Where the program handles a signal itself it stays in charge: it stops what it
 * wants in its own order, and what is left is ended at its exit.
 * @returns a function that takes the server off the list
 */
export function endWithParent(dependant: Dependant): () => void {
  if (!listening) listen();
  dependants.add(dependant);
  return () => void dependants.delete(dependant);
}

function listen(): void {
  listening = true;
  process.on('exit', () => {
    for (const dependant of dependants) dependant.kill();
  });
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      const exit = () => process.exit(128 + number);
      void Promise.allSettled([...dependants].map((dependant) => dependant.stop())).then(exit);
    });
  }
}
