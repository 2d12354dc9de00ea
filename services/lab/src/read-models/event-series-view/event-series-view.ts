import { eventSeriesEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Series } from '../../event-series/occurrences.js';
import { CentsColumn } from '../columns.js';

@Entity('event_series_view')
export class EventSeriesRow {
  @PrimaryColumn('text') event_series!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Column('text') name!: string;
  @Column('text') rrule!: string;
  @Column('date') starts!: string;
  @Column('text') place!: string;
  /** Cents, for each occurrence. */
  @CentsColumn() budget!: number;
  /** By day, what is different on it. */
  @Column('jsonb') changes!: Series['changes'];
}

export const eventSeriesView = projection(EventSeriesRow, { version: 1, from: eventSeriesEvents }, {
  EventSeriesPlanned: (rows, { subject, version, data }) => rows.upsert({ event_series: subject }, { version, ...data, changes: {} }, { version, ...data }),
  EventOccurrenceChanged: (rows, { subject, version, data: { date, ...change } }) =>
    rows.patch({ event_series: subject }, ({ changes }) => ({ version, changes: { ...changes, [date]: change } })),
});
