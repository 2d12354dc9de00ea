import { eventSeriesEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Series } from '../../event-series/occurrences.js';

@Entity('event_series')
export class EventSeriesRow {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  @Column('text') name!: string;
  @Column('text') rrule!: string;
  @Column('date') starts!: string;
  @Column('text') place!: string;
  /** Cents, for each occurrence. */
  @Column('bigint', { transformer: { to: (cents: number) => cents, from: Number } }) budget!: number;
  /** By day, what is different on it. */
  @Column('jsonb') changes!: Series['changes'];
}

export const eventSeriesView = projection(EventSeriesRow, { version: 1, from: eventSeriesEvents }, {
  EventSeriesPlanned: (rows, { subject, data }) => rows.upsert({ id: subject }, { ...data, changes: {} }, data),
  EventOccurrenceChanged: (rows, { subject, data: { date, ...change } }) =>
    rows.patch({ id: subject }, ({ changes }) => ({ changes: { ...changes, [date]: change } })),
});
