/**
 * One cut through all stores while everything runs. For an instant nobody appends anywhere: each store's ordering lock is
 * held, in all of them before the first snapshot is taken, until the last one is. So whatever a snapshot has of another
 * context (a checkpoint, a leaf, an effect) follows from events that the cut has too.
 */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { ORDERING_KEY } from '@pioche/event-store';
import pg from 'pg';
import { BackupError } from './manifest.js';

export type DatabaseUrls = Readonly<Record<ContextName, string>>;

export interface CutOptions {
  /** How long all appends may be kept waiting at most, in milliseconds, before the locks are given back and asked for again. */
  readonly waitMs?: number;
  readonly tries?: number;
}

export interface Cut<T> {
  /** A connection per context, in a transaction that sees the cut and only reads. */
  readonly snapshots: ReadonlyMap<ContextName, pg.Client>;
  /** What was looked at while everything stood still. */
  readonly seen: T;
  /** How long nobody could append, in milliseconds. */
  readonly heldMs: number;
  close(): Promise<void>;
}

const WAIT_MS = 1_000;
const TRIES = 10;
const REST_MS = 250;
/** A process that stops while it holds the locks loses its connections, and the locks with them. */
const STOPPED_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * @param look called while everything stands still; must not take time
 * @throws BackupError when an append holds a store's lock for too long, again and again
 */
export async function openCut<T>(urls: DatabaseUrls, look: () => T, { waitMs = WAIT_MS, tries = TRIES }: CutOptions = {}): Promise<Cut<T>> {
  const snapshots = new Map<ContextName, pg.Client>();
  const close = async (): Promise<void> => void (await Promise.allSettled([...snapshots.values()].map((client) => client.end())));
  try {
    for (const context of CONTEXTS) snapshots.set(context, await connect(urls[context], 'pioche backup'));
    const clients = [...snapshots.values()];
    // A role that may not see every row is refused, instead of being shown a part.
    await all(clients, `SET row_security = off; SET idle_session_timeout = ${STOPPED_MS}; SET idle_in_transaction_session_timeout = ${STOPPED_MS}`);
    const since = await standStill(snapshots, waitMs, tries);
    // The snapshot is that of the first statement after BEGIN.
    await all(clients, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_current_snapshot()');
    const seen = look();
    await all(clients, `SELECT pg_advisory_unlock(${ORDERING_KEY})`);
    const heldMs = performance.now() - since;
    await all(clients, 'SET idle_in_transaction_session_timeout = 0');
    return { snapshots, seen, heldMs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function connect(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new BackupError(`${new URL(url).pathname.slice(1)} cannot be reached: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return client;
}

const all = (clients: readonly pg.Client[], statement: string): Promise<unknown> => Promise.all(clients.map((client) => client.query(statement)));

/** Always in the same order, so that two backups at once wait for each other instead of for ever. @returns since when appends wait */
async function standStill(snapshots: ReadonlyMap<ContextName, pg.Client>, waitMs: number, tries: number): Promise<number> {
  for (let left = tries; ; left -= 1) {
    const since = performance.now();
    const held: pg.Client[] = [];
    try {
      for (const client of snapshots.values()) {
        const rest = Math.max(1, Math.floor(waitMs - (performance.now() - since)));
        await client.query(`SET lock_timeout = ${rest}; SELECT pg_advisory_lock(${ORDERING_KEY})`);
        held.push(client);
      }
      return since;
    } catch (error) {
      await all(held, `SELECT pg_advisory_unlock(${ORDERING_KEY})`);
      if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
      const busy = [...snapshots.keys()][held.length];
      if (left <= 1) throw new BackupError(`no moment without appends: an append to ${busy} has held its log for more than ${waitMs} ms, ${tries} times in a row`);
      await new Promise((wake) => setTimeout(wake, REST_MS));
    }
  }
}
