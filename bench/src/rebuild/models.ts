/** The two kinds of read model there are: folded into few rows, and a row per event, with an index beside its key. */
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { allocations } from '../allocations.js';

@Entity('folded')
export class Folded {
  @PrimaryColumn('text') tenant!: string;
  @Column('integer') allocations!: number;
  @Column('integer') gpus!: number;
}

@Entity('listed')
export class Listed {
  @PrimaryColumn('text') event!: string;
  @Index() @Column('integer') position!: number;
  @Column('text') tenant!: string;
  @Column('integer') gpus!: number;
}

export const folded = projection(Folded, { version: 1, from: allocations }, {
  Opened: (rows, { data: { tenant, gpu_milli: milli } }) =>
    rows.upsert({ tenant }, { allocations: 0, gpus: 0 }, (row) => ({ allocations: row.allocations + 1, gpus: row.gpus + milli / 1000 })),
});

export const listed = projection(Listed, { version: 1, from: allocations }, {
  Opened: (rows, { id, position, data: { tenant, gpu_milli: milli } }) => rows.put({ event: id, position, tenant, gpus: milli / 1000 }),
});

/** Read model → what is asked of it all the time; the answer only ever grows. */
export const QUESTIONS = {
  folded: 'SELECT sum(allocations)::int AS seen FROM folded',
  listed: 'SELECT max(position)::int AS seen FROM listed',
} as const;

/** Read model → one SQL statement that would make it from the log, index and all. */
export const STATEMENTS = {
  folded: `SELECT data->>'tenant', count(*), sum((data->>'gpu_milli')::int / 1000) FROM events WHERE type = 'Opened' GROUP BY 1`,
  listed: `INSERT INTO listed_by_sql SELECT event_id, position, data->>'tenant', (data->>'gpu_milli')::int / 1000 FROM events WHERE type = 'Opened'`,
} as const;
