import { createServer } from 'node:net';
import { MissingPart } from './missing-part.js';

/**
 * A TCP port that nothing listens on at 127.0.0.1 at this moment.
 * @param wanted that one and no other
 * @throws MissingPart when `wanted` is taken
 */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => reject(new MissingPart(`port ${wanted} is taken`, 'end what listens there, or choose another')));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted));
    });
  });
}

/** `preferred` when it is free, else any other. */
export async function freePortNear(preferred: number | undefined): Promise<number> {
  if (preferred === undefined) return freePort();
  return freePort(preferred).catch(() => freePort());
}
