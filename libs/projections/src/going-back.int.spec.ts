/** Replicas of two releases beside each other, there and back again: what each version of a read model keeps. */
import { events } from '@pioche/contracts';
import { eventBusMigrations, LogTailSource } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { projection, type Projection } from './projection.js';
import { ReadModels } from './read-models.js';

const group = events('lab', { Noted: { version: 1, meaning: 'A note.', data: z.object({ text: z.string() }), example: { text: 'a' } } });

@Entity('note_view')
class NoteRow {
  @PrimaryColumn('text') note!: string;
  @Column('integer') events!: number;
}

@Entity('note_view')
class LongerNoteRow extends NoteRow {
  @Column('text') last!: string;
}

const earlier = projection(NoteRow, { version: 1, from: group }, {
  Noted: (rows, { subject }) => rows.upsert({ note: subject }, { events: 0 }, (row) => ({ events: row.events + 1 })),
});
const later = projection(LongerNoteRow, { version: 2, from: group }, {
  Noted: (rows, { subject, data }) => rows.upsert({ note: subject }, { events: 0, last: '' }, (row) => ({ events: row.events + 1, last: data.text })),
});

describe('two releases', () => {
  let database: FreshDatabase;
  let store: EventStore;
  const closing = new Set<() => Promise<void>>();
  beforeEach(async () => {
    database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
    store = new EventStore({ pool: database.pool, context: 'lab', groups: [group] });
  });
  afterEach(async () => {
    for (const close of closing) await close();
    await store.close();
    await database.drop();
  });

  let commands = 0;
  const note = async (text: string): Promise<string> => {
    const { position } = await store.append({
      commandId: `note ${(commands += 1)}`,
      writes: [{ stream: 'note_1', expected: 'any', events: [{ type: 'Noted', data: { text } }] }],
      meta: { time: '2026-11-17T10:00:00.000Z', actor: 'test', correlationId: 'c', causationId: 'c' },
    });
    return `lab:${position}`;
  };

  async function replica(model: Projection, keepMs?: number) {
    const dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [...model.entities] as (typeof NoteRow)[], synchronize: false }).initialize();
    const source = new LogTailSource({ pool: database.pool, stores: [store], groups: [group] });
    const models = new ReadModels({ dataSource, pool: database.pool, projections: [model], sourceOf: () => source, graceMs: 0, ...(keepMs !== undefined && { keepMs }) });
    const close = async () => {
      if (!closing.delete(close)) return;
      await models.close();
      await source.close();
      await dataSource.destroy();
    };
    closing.add(close);
    await models.start();
    /** What its queries find. */
    const rows = () => dataSource.getRepository(model === later ? LongerNoteRow : NoteRow).find();
    return { models, rows, close };
  }
  const generations = async () => (await database.pool.query<{ line: string }>(`SELECT version || '.' || generation || ' ' || state AS line FROM projections ORDER BY version, generation`)).rows.map(({ line }) => line);

  it('answer both while they run beside each other, and the earlier goes on where it was when it is alone again', async () => {
    const old = await replica(earlier);
    await old.models.waitFor(await note('a'), 5_000);
    expect(await old.models.notReady()).toEqual([]);

    const next = await replica(later);
    await eventually(async () => expect(await next.models.notReady()).toEqual([]));
    await next.models.waitFor(await note('b'), 5_000);
    expect([await next.rows(), await old.rows()]).toEqual([[{ note: 'note_1', events: 2, last: 'b' }], [{ note: 'note_1', events: 2 }]]);
    // It stands by as long as its code is there, and does not take over from newer code.
    await eventually(async () => expect(await generations()).toEqual(['1.1 building', '2.1 live']));
    await old.close();
    await eventually(async () => expect(await generations()).toEqual(['1.1 retired', '2.1 live']));
    await next.models.waitFor(await note('c'), 5_000);

    const back = await replica(earlier);
    expect(await back.rows()).toEqual([{ note: 'note_1', events: 3 }]);
    await next.close();
    const after = await note('d');
    await back.models.waitFor(after, 10_000);
    expect(await back.rows()).toEqual([{ note: 'note_1', events: 4 }]);
    expect(await generations()).toEqual(['1.1 live', '2.1 retired']);

    const again = await replica(later);
    expect(await again.models.notReady()).toEqual(['note_view v2']);
    await eventually(async () => expect(await again.models.notReady()).toEqual([]));
    await again.models.waitFor(after, 5_000);
    expect(await again.rows()).toEqual([{ note: 'note_1', events: 4, last: 'd' }]);
    expect((await generations()).at(-1)).toBe('2.1 live');
  }, 60_000);

  it('leave the newer tables alone, and the older for as long as one may go back', async () => {
    const old = await replica(earlier);
    await old.models.waitFor(await note('a'), 5_000);
    const next = await replica(later, 300);
    await eventually(async () => expect(await next.models.notReady()).toEqual([]));
    await old.close();
    await eventually(async () => expect(await generations()).toEqual(['1.1 dropped', '2.1 live']), 10_000);
    // Of what is dropped there is nothing to go back to: it waits for the newer code to go, and is built anew.
    const back = await replica(earlier, 0);
    await next.close();
    await eventually(async () => expect(await generations()).toEqual(['1.1 dropped', '1.2 live', '2.1 retired']), 10_000);
    await back.models.waitFor(await note('b'), 5_000);
    expect(await back.rows()).toEqual([{ note: 'note_1', events: 2 }]);
    expect((await database.pool.query('SELECT FROM note_view_v2')).rowCount).toBe(1);
  }, 60_000);
});
