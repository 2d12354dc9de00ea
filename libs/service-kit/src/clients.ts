/** Connections to the database that find out when nobody is at the other end. */
import { Socket } from 'node:net';
import { endWhenSilent } from '@pioche/event-bus';
import pg from 'pg';

/** How long a connection may take to be made, in milliseconds. */
const CONNECT_MS = 10_000;
/** Longer than any statement of a batch takes. */
const CONSUMERS_MS = 60_000;

/**
 * Connections that end when they have been asked and have not answered for so long: one that has gone silent would hold
 * its request, its batch, its relay or the start for ever. Their loss while they are lent is told to whoever asks next:
 * nobody may be asking just then, and an error that nobody hears would end the process.
 */
export const clientOf = (silentMs: number, more: pg.ClientConfig = {}): typeof pg.Client =>
  class extends pg.Client {
    constructor(config: string | pg.ClientConfig = {}) {
      const given = typeof config === 'string' ? { connectionString: config } : config;
      super({ ...given, ...more, idle_in_transaction_session_timeout: silentMs, keepAlive: true, keepAliveInitialDelayMillis: 10_000, stream: () => endWhenSilent(new Socket(), silentMs, 'the database') });
      this.on('error', () => {});
    }
  };

/** Of those who wait as long as it takes. The pool's own limit would also count the waiting for a free connection. */
export const patientClient = (silentMs = CONSUMERS_MS) => clientOf(silentMs, { connectionTimeoutMillis: CONNECT_MS });
