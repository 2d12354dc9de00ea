/** `await runService(InventoryModule)`: a service as a process of its own. */
import type { Type } from '@nestjs/common';
import { ConfigError, readConfig } from './config.js';
import { withoutSecrets } from './redaction.js';
import { startService } from './service.js';

/** What orchestrators and scripts can tell apart. */
const EXIT = { failed: 1, misconfigured: 2 } as const;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Starts the service with the configuration of the environment, and stops it in good order on SIGTERM and SIGINT, at
 * once on the second.
 * Where another Node process has started it with a channel, it ends with that one: what is stored bears a sudden end.
 * Ends the process with 2 when the configuration is wrong, 1 when it cannot start or its consumers have failed.
 */
export async function runService(module: Type): Promise<void> {
  const atOnce = (): never => process.exit(EXIT.failed);
  if (process.send !== undefined && !process.connected) atOnce();
  process.once('disconnect', atOnce);
  // From the beginning: the first process of a container is not ended by a signal that it does not listen to.
  let stop = (): void => process.exit(0);
  process.on('SIGTERM', () => stop()).on('SIGINT', () => stop());
  try {
    const service = await startService({ module, config: readConfig(), onFailed: end });
    stop = () => {
      stop = atOnce;
      service.stop().then(() => process.exit(0), (error: unknown) => end(messageOf(error)));
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) return end(`cannot start: ${messageOf(error)}`);
    for (const line of error.lines) process.stderr.write(`${line}\n`);
    process.exit(EXIT.misconfigured);
  }
}

function end(reason: string): void {
  process.stderr.write(`${withoutSecrets(reason)}\n`);
  process.exit(EXIT.failed);
}
