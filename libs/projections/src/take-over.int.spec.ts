/** A new generation is asked for only when it has everything that the live one shows. */
import { events } from '@pioche/contracts';
import { eventBusMigrations } from '@pioche/event-bus';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { consumerOf } from './generation.js';
import { projection } from './projection.js';
import { Registry } from './registry.js';

const group = events('lab', { Noted: { version: 1, meaning: 'A note.', data: z.object({ text: z.string() }), example: { text: 'a' } } });

@Entity('note_view')
class NoteRow {
  @PrimaryColumn('text') note!: string;
  @Column('text') text!: string;
}
const notes = projection(NoteRow, { version: 1, from: group }, { Noted: (rows, { subject, data }) => rows.put({ note: subject, text: data.text }) });

describe('a new generation', () => {
  let database: FreshDatabase;
  let dataSource: DataSource;
  beforeEach(async () => {
    database = await freshDatabase(eventBusMigrations);
    dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [NoteRow], synchronize: false }).initialize();
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it.each([['one event', 1], ['very many events', 1_000_000]])('does not take over while it is %s behind, and does when it is there', async (_, behind) => {
    const registry = new Registry(dataSource);
    await registry.createTable();
    await registry.prepare(notes);
    await registry.rebuild(notes);
    const [live, next] = await registry.generations();
    if (!live || !next) throw new Error('there should be two');
    const at = (consumer: string, position: number) =>
      database.pool.query(`INSERT INTO checkpoints VALUES ($1, 'lab', 0, 0, $2) ON CONFLICT (consumer, source, partition) DO UPDATE SET position = excluded.position`, [consumer, position]);
    await at(consumerOf(live), 2_000_000);
    await at(consumerOf(next), 2_000_000 - behind);
    const states = async () => (await registry.generations()).map(({ generation, state }) => `${generation} ${state}`);
    expect(await registry.takeOver(notes, next)).toBe(false);
    expect(await states()).toEqual(['1 live', '2 building']);
    await at(consumerOf(next), 2_000_000);
    expect(await registry.takeOver(notes, next)).toBe(true);
    expect(await states()).toContain('2 live');
  });
});
