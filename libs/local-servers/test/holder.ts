import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./hold.mjs', import.meta.url));

export interface Held {
  readonly url: string;
  readonly brokers?: string[];
  readonly failure?: string;
  readonly kind?: string;
}

/** Another process that holds servers in `dataDir` until it gets a signal. */
export async function hold(dataDir: string, ...what: 'kafka'[]) {
  const { PIOCHE_POSTGRES_URL: _postgres, KAFKA_BROKERS: _kafka, NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, dataDir, ...what], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return { ...(JSON.parse(line) as Held), end };
}
