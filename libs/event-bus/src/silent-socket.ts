/** Connections that are asked and do not answer: a broken network does not tell, and its clients ask again and again. */
import type { Socket } from 'node:net';

const LOOKS = 10;

/**
 * Ends the connection when it has been asked and has not answered for so long. Counted in looks, not in time: to a
 * process that stood still all seem late.
 * @param ms longer than any answer may take, in milliseconds
 * @param who the other side, for the error
 */
export function endWhenSilent<S extends Socket>(socket: S, ms: number, who: string): S {
  let [read, written, silent] = [0, 0, 0];
  const look = setInterval(() => {
    const waits = socket.bytesRead === read && socket.bytesWritten !== written;
    if (!waits) [read, written] = [socket.bytesRead, socket.bytesWritten];
    silent = waits ? silent + 1 : 0;
    if (silent >= LOOKS) socket.destroy(Object.assign(new Error(`connection timeout: ${who} has not answered for ${ms / 1000} s`), { code: 'ETIMEDOUT' }));
  }, ms / LOOKS).unref();
  return socket.once('close', () => clearInterval(look));
}
