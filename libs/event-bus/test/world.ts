/** A store, a consumer's database and a way to its events: what the conformance behaviours are run in. */
import { events, type EventGroup } from '@pioche/contracts';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { eventually, freshDatabase, topicPrefix, type FreshDatabase } from '@pioche/testing';
import { z } from 'zod';
import {
  eventBusMigrations,
  KafkaBroker,
  KafkaSource,
  LogTailSource,
  Relay,
  type Delivery,
  type EventHandler,
  type EventSource,
} from '../src/index.js';

export const counts = events('inventory', {
  Counted: { version: 1, meaning: 'A number was counted.', data: z.object({ n: z.int() }), example: { n: 1 } },
  Skipped: { version: 1, meaning: 'Nothing was counted.', data: z.object({}), example: {} },
});
/** What a newer release writes. */
export const novelties = events('inventory', {
  Invented: { version: 1, meaning: 'Something new.', data: z.object({}), example: {} },
});

export interface World {
  readonly database: FreshDatabase;
  readonly store: EventStore;
  /** A replica: a source of its own, with its own connections. */
  replica(options?: { groups?: readonly EventGroup[] }): EventSource & { close(): Promise<void> };
  close(): Promise<void>;
}

/** How the world is set up where it matters. */
export interface WorldOptions {
  /** Milliseconds between two looks that nobody has called for. */
  readonly netMs?: number;
}

async function base({ netMs }: WorldOptions) {
  const database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
  await database.pool.query('CREATE TABLE seen (consumer text, stream text, version int, n int, at bigserial)');
  const store = new EventStore({ pool: database.pool, context: 'inventory', groups: [counts, novelties], pollMs: netMs });
  return { database, store };
}

/** `SHOW_TROUBLE=1` prints what is tried again. */
const show = (who: string, error: unknown) => void (process.env['SHOW_TROUBLE'] && process.stdout.write(`${who}: ${String(error)}\n`));
const KNOWN = { attempts: 2, stalledAfterMs: 2_000, onTrouble: show };

export async function logTailWorld(options: WorldOptions = {}): Promise<World> {
  const { database, store } = await base(options);
  return {
    database,
    store,
    replica: ({ groups = [counts] } = {}) => new LogTailSource({ pool: database.pool, stores: [store], groups, netMs: options.netMs, ...KNOWN }),
    async close() {
      await store.close();
      await database.drop();
    },
  };
}

export interface KafkaWorld extends World {
  readonly broker: KafkaBroker;
  readonly prefix: string;
  readonly relay: Relay;
}

export async function kafkaWorld(brokers: readonly string[], options: WorldOptions = {}): Promise<KafkaWorld> {
  const { database, store } = await base(options);
  const { pool } = database;
  const prefix = topicPrefix();
  const broker = new KafkaBroker({ brokers });
  const relay = new Relay({ store, pool, broker, prefix, netMs: options.netMs, onTrouble: (error) => show('relay', error) });
  relay.start();
  return {
    database,
    store,
    broker,
    prefix,
    relay,
    replica: ({ groups = [counts] } = {}) => new KafkaSource({ broker, pool, groups, service: 'test', prefix, ...KNOWN }),
    async close() {
      await relay.close();
      await broker.close();
      await store.close();
      await database.drop();
    },
  };
}

let commands = 0;

export const meta = { time: '2026-11-17T10:00:00.000Z', actor: 'test', correlationId: 'c', causationId: 'c' };

/** Appends an event to each stream, in that order. */
export async function append(store: EventStore, numbers: readonly (readonly [stream: string, n: number | 'invented' | 'skipped'])[]): Promise<void> {
  for (const [stream, n] of numbers) {
    const event = typeof n === 'number' ? { type: 'Counted', data: { n } } : { type: n === 'invented' ? 'Invented' : 'Skipped', data: {} };
    await store.append({ commandId: `command ${commands++}`, writes: [{ stream, expected: 'any', events: [event] }], meta });
  }
}

/** Writes what it is given to `seen`. @param options.before runs first, for each event */
export function recorder(name: string, before: (delivery: Delivery) => void = () => {}): EventHandler {
  return {
    name,
    sources: ['inventory'],
    async handle(batch, tx) {
      for (const delivery of batch) {
        const { event } = delivery;
        await tx.query('INSERT INTO seen (consumer, stream, version, n) VALUES ($1, $2, $3, $4)', [
          name,
          event.subject,
          event.version,
          (event.data as { n?: number }).n,
        ]);
        before(delivery);
      }
    },
  };
}

/** What a recorder has seen, in the order in which it was stored. */
export async function seen({ database }: World, consumer = 'recorder'): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `SELECT stream || ' ' || coalesce(n::text, 'invented') AS line FROM seen WHERE consumer = $1 ORDER BY at`,
    [consumer],
  );
  return rows.map(({ line }) => line);
}

export const untilSeen = (world: World, lines: readonly string[], consumer?: string): Promise<void> =>
  eventually(async () => expect(await seen(world, consumer)).toEqual(lines), 15_000);
