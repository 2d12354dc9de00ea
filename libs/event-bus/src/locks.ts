/** Advisory locks that say who does a thing, held by one connection: they go with it when their holder dies. */
import type pg from 'pg';
import { pause } from './pause.js';

const RETRY_MS = 250;
/** How often the connection is asked whether it is still there, and how long it may take to answer. */
const LOOK_MS = 5_000;
const ANSWER_MS = 10_000;
/** The database gives the locks to another when it has not heard from their holder for so long. */
const LEASE_MS = 15_000;

export class AdvisoryLocks {
  private connection: Promise<Held> | undefined;

  constructor(private readonly pool: pg.Pool) {}

  /**
   * Waits until this process has the lock of that name.
   * @param onWait called at each try that finds that another has it
   * @returns a signal that aborts when the lock is lost; nothing when `signal` ended the waiting
   */
  async acquire(name: string, signal: AbortSignal, onWait?: () => void): Promise<AbortSignal | undefined> {
    while (!signal.aborted) {
      const lost = await this.tryAcquire(name, onWait).catch(() => undefined);
      if (lost) return lost;
      await pause(RETRY_MS, signal);
    }
    return undefined;
  }

  /**
   * The same, at once or not at all.
   * @returns nothing when another process has it
   */
  async tryAcquire(name: string, onTaken?: () => void): Promise<AbortSignal | undefined> {
    const held = await this.held();
    if (await held.tryLock(name)) return held.lost;
    onTaken?.();
    return undefined;
  }

  /**
   * Says that this process is there, beside others that say the same, until `close`. Said again, it makes good what a
   * lost connection has taken. Whoever gets the lock of that name for itself knows that nobody is there.
   */
  async share(name: string): Promise<void> {
    const held = await this.held();
    await held.share(name);
  }

  async release(name: string): Promise<void> {
    const held = await this.connection?.catch(() => undefined);
    await held?.unlock(name);
  }

  async close(): Promise<void> {
    const held = await this.connection?.catch(() => undefined);
    this.connection = undefined;
    held?.end();
  }

  private held(): Promise<Held> {
    const connection = (this.connection ??= Held.open(this.pool));
    const forget = () => void (this.connection = this.connection === connection ? undefined : this.connection);
    connection.then((held) => held.lost.addEventListener('abort', forget, { once: true }), forget);
    return connection;
  }
}

class Held {
  private readonly losing = new AbortController();
  readonly lost = this.losing.signal;
  /** Statements of one connection go one after the other. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly shared = new Set<string>();

  private constructor(private readonly client: pg.PoolClient) {
    const onLost = () => this.end();
    client.on('error', onLost);
    client.on('end', onLost);
    // Locks are gone with the connection, which a broken network does not tell: their holder would go on beside its heir.
    const look = setInterval(() => void this.query('SELECT 1'), LOOK_MS).unref();
    this.lost.addEventListener('abort', () => clearInterval(look), { once: true });
  }

  static async open(pool: pg.Pool): Promise<Held> {
    const client = await pool.connect();
    try {
      await client.query(`SET idle_session_timeout = ${LEASE_MS}`);
      return new Held(client);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async tryLock(name: string): Promise<boolean> {
    const rows = await this.query<{ locked: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked', [name]);
    return rows[0]?.locked ?? false;
  }

  async share(name: string): Promise<void> {
    if (this.shared.has(name)) return;
    const rows = await this.query<{ locked: boolean }>('SELECT pg_try_advisory_lock_shared(hashtextextended($1, 0)) AS locked', [name]);
    if (rows[0]?.locked) this.shared.add(name);
  }

  async unlock(name: string): Promise<void> {
    await this.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]);
  }

  /** Closes the connection, and with it gives up every lock. */
  end(): void {
    if (this.lost.aborted) return;
    this.losing.abort();
    this.client.release(true);
  }

  private query<R extends pg.QueryResultRow>(text: string, values: string[] = []): Promise<R[]> {
    const rows = this.turn.then(() => this.ask<R>(text, values));
    this.turn = rows;
    return rows;
  }

  private async ask<R extends pg.QueryResultRow>(text: string, values: string[]): Promise<R[]> {
    if (this.lost.aborted) return [];
    const asked = { text, values, query_timeout: ANSWER_MS };
    try {
      return (await this.client.query<R>(asked)).rows;
    } catch {
      this.end();
      return [];
    }
  }
}
