/** The smallest context there can be: gauges that are read. */
import { Module } from '@nestjs/common';
import { events, type FactOf } from '@pioche/contracts';
import { commandsOf, type Decider } from '@pioche/kernel';
import { projection } from '@pioche/projections';
import { context } from '@pioche/service-kit';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';

export const gaugeEvents = events('lab', {
  GaugeRead: { version: 1, meaning: 'A benchmark event.', data: z.object({ value: z.int(), note: z.string() }), example: { value: 1, note: '' } },
});

const gauge: Decider<{ readonly value: number }, FactOf<typeof gaugeEvents>> = {
  name: 'gauge',
  initial: { value: 0 },
  tenantOf: () => undefined,
  evolve: (_, { data: { value } }) => ({ value }),
};

const read = commandsOf(gauge).command({
  name: 'read',
  summary: 'Note what a gauge shows.',
  may: 'read-gauges',
  creates: true,
  input: z.object({ value: z.int(), note: z.string().max(200) }),
  decide: (_, data) => [{ type: 'GaugeRead', data }],
});

@Module(context({
  name: 'lab',
  events: [gaugeEvents],
  aggregates: [[gauge, { read }]],
  readModels: [],
  reactions: [],
  controllers: [],
  errors: {},
  permissions: { 'read-gauges': ['operator'] },
}))
export class GaugeModule {}

@Entity('gauge_view')
export class GaugeRow {
  @PrimaryColumn('text') gauge!: string;
  @Column('integer') value!: number;
}

export const gaugeView = projection(GaugeRow, { version: 1, from: gaugeEvents }, {
  GaugeRead: (rows, { subject, data }) => rows.put({ gauge: subject, value: data.value }),
});
