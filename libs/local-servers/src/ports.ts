import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { MissingPart } from './missing-part.js';

/** Below those that systems give to outgoing connections: a server that is away for a moment finds its port free again. */
const FIRST = 15_000;
const END = 32_000;
const TRIES = 100;

/**
 * A TCP port that nothing listens on at 127.0.0.1 at this moment.
 * @param wanted that one and no other
 * @throws MissingPart when `wanted` is taken
 */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted;
    throw new MissingPart(`port ${wanted} is taken`, 'end what listens there, or choose another');
  }
  for (let left = TRIES; left > 0; left -= 1) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
  throw new MissingPart('no free port', `end what listens from ${FIRST} to ${END}`);
}

/** `preferred` when it is free, else any other. */
export async function freePortNear(preferred: number | undefined): Promise<number> {
  return preferred !== undefined && (await isFree(preferred)) ? preferred : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
