/** Read models of a consumer that was away: folded into few rows, and a row per event. */
import { projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { gaugeEvents } from '../latency/gauge.js';

@Entity('value_view')
export class ValueRow {
  @PrimaryColumn('integer') value!: number;
  @Column('integer') times!: number;
}

@Entity('reading_view')
export class ReadingRow {
  @PrimaryColumn('text') gauge!: string;
  @Column('integer') value!: number;
  @Column('text') note!: string;
}

export const MODELS = {
  folded: projection(ValueRow, { version: 1, from: gaugeEvents }, {
    GaugeRead: (rows, { data: { value } }) => rows.upsert({ value: value % 50 }, { times: 0 }, (row) => ({ times: row.times + 1 })),
  }),
  listed: projection(ReadingRow, { version: 1, from: gaugeEvents }, {
    GaugeRead: (rows, { subject, data }) => rows.put({ gauge: subject, ...data }),
  }),
};
