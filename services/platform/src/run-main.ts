/** What every entry point shares: one line for people, exit statuses, an orderly end. */
import { withoutSecrets } from '@pioche/service-kit';
import { Usage } from './scenario/options.js';
import { TraceError } from '@pioche/traces';

export const say = (line: string): void => void process.stderr.write(`${withoutSecrets(line)}\n`);

/** Wrong wishes end with 2, a world that lacks something with 1, each in one line and without a stack. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exit(await main());
  } catch (error) {
    if (error instanceof Usage) {
      (error.status === 0 ? process.stdout : process.stderr).write(`${error.message}\n`);
      process.exit(error.status);
    }
    say(`pioche: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    if (process.env['PIOCHE_STACK'] && error instanceof Error) say(error.stack ?? '');
    process.exit(error instanceof TraceError ? 2 : 1);
  }
}

/**
 * Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. It listens to the end: local servers
 * end themselves at a signal that nobody else listens for.
 */
export const untilSignal = (): Promise<'stopped'> =>
  new Promise((resolve) => {
    let asked = false;
    const end = (_signal: NodeJS.Signals, number: number) => {
      if (asked) process.exit(128 + number);
      asked = true;
      resolve('stopped');
    };
    process.on('SIGINT', end).on('SIGTERM', end);
  });
