/** The five logs as they stand, read directly. */
import { CONTEXTS, type ContextName, type Recorded } from '@pioche/contracts';
import { EventStore, Upcasters } from '@pioche/event-store';
import { allEvents } from '@pioche/service-kit';
import pg from 'pg';
import type { System } from '../system.js';

/** An event as code of this release sees it, the command that wrote it, and the text that is published of it. */
export interface Logged {
  readonly event: Recorded;
  readonly command: string;
  readonly text: string;
}

export type Logs = Readonly<Record<ContextName, readonly Logged[]>>;

const BATCH = 5_000;

/** Every event of every log, in order of position. */
export async function readLogs(system: Pick<System, 'databaseUrl'>): Promise<Logs> {
  const logs = await Promise.all(CONTEXTS.map(async (context) => [context, await readLog(context, system.databaseUrl[context])] as const));
  return Object.fromEntries(logs) as Record<ContextName, Logged[]>;
}

async function readLog(context: ContextName, connectionString: string): Promise<Logged[]> {
  const pool = new pg.Pool({ connectionString, max: 2, application_name: 'pioche chaos' });
  const groups = allEvents.filter((group) => group.context === context);
  const [store, upcasters] = [new EventStore({ pool, context, groups }), new Upcasters(groups)];
  try {
    const { rows } = await pool.query<{ position: number; command: string }>(`SELECT position::float8 AS position, meta ->> 'commandId' AS command FROM events`);
    const commands = new Map(rows.map(({ position, command }) => [position, command]));
    const logged: Logged[] = [];
    for (let after = 0; ; ) {
      const events = await store.readRaw({ after, limit: BATCH });
      for (const { position, recorded, json } of events) logged.push({ event: upcasters.current(recorded), command: commands.get(position) ?? '', text: json });
      const last = events.at(-1);
      if (last === undefined) return logged;
      after = last.position;
    }
  } finally {
    await store.close();
    await pool.end();
  }
}

/** `scheduling:1234 (job_01h…, JobPlaced)` */
export const placeOf = ({ event }: Pick<Logged, 'event'>): string => `${event.context}:${event.position} (${event.subject}, ${event.type})`;
