/** A tiny context with one of everything: lathes in a workshop, and the orders that run on them. */
import { Controller, Module } from '@nestjs/common';
import { events, type FactOf } from '@pioche/contracts';
import { commandsOf, follow, idOf, Instant, refuse, unreachable, type Decider } from '@pioche/kernel';
import { projection } from '@pioche/projections';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { Action, context, cursorOf, page, pageOf, pageQuery, Query, reaction, timer, type ActionAsked, type Asked, type ErrorCatalogue } from '../src/index.js';

export const latheEvents = events('lab', {
  LatheBought: { version: 1, meaning: 'A lathe stands in the workshop.', data: z.object({ tenant: z.string().optional(), name: z.string() }), example: { name: 'L1' } },
  LatheStarted: { version: 1, meaning: 'It turns.', data: z.object({ until: Instant.optional() }), example: {} },
  LatheStopped: { version: 1, meaning: 'It stands.', data: z.object({ reason: z.string() }), example: { reason: 'done' } },
  LatheInspected: { version: 1, meaning: 'Somebody has looked after it.', data: z.object({ at: Instant }), example: { at: '2026-11-17T10:00:00.000Z' } },
});
export type LatheEvent = FactOf<typeof latheEvents>;

const LATHE_LIFE = { standing: { start: 'turning' }, turning: { stop: 'standing' } } as const;
export type Lathe = { readonly status: 'unknown' } | { readonly status: keyof typeof LATHE_LIFE; readonly tenant?: string };

export const lathe: Decider<Lathe, LatheEvent> = {
  name: 'lathe',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    switch (event.type) {
      case 'LatheBought': return { status: 'standing', ...(event.data.tenant === undefined ? {} : { tenant: event.data.tenant }) };
      case 'LatheStarted': return { ...state, status: 'turning' };
      case 'LatheStopped': return { ...state, status: 'standing' };
      case 'LatheInspected': return state;
      default: return unreachable(event);
    }
  },
};

const { command } = commandsOf(lathe);

export const buy = command({
  name: 'buy',
  summary: 'Buy a lathe.',
  may: 'use-lathes',
  creates: true,
  batch: true,
  input: z.object({ name: z.string().min(1).max(20), tenant: z.string().optional() }),
  decide: (_, { name, tenant }, { tenant: own }) => {
    const owner = tenant ?? own;
    return [{ type: 'LatheBought', data: { name, ...(owner === undefined ? {} : { tenant: owner }) } }];
  },
});

export const start = command({
  name: 'start',
  summary: 'Let it turn.',
  may: 'use-lathes',
  input: z.object({ until: Instant.optional(), speed: z.enum(['slow', 'fast']).optional() }),
  decide(state, { until }, { now }) {
    follow(LATHE_LIFE, state.status, 'start');
    if (until !== undefined && until <= now) refuse('end-in-the-past', { until, now });
    return [{ type: 'LatheStarted', data: until === undefined ? {} : { until } }];
  },
});

export const stop = command({
  name: 'stop',
  summary: 'Let it stand.',
  may: 'use-lathes',
  input: z.object({ reason: z.string() }),
  decide(state, { reason }) {
    follow(LATHE_LIFE, state.status, 'stop');
    return [{ type: 'LatheStopped', data: { reason } }];
  },
});

export const rest = command({
  name: 'rest',
  summary: 'Let it stand, if it turns.',
  may: 'use-lathes',
  internal: true,
  input: z.object({ reason: z.string() }),
  decide: (state, { reason }) => (state.status === 'turning' ? [{ type: 'LatheStopped', data: { reason } }] : []),
});

export const inspect = command({
  name: 'inspect',
  summary: 'Look after it.',
  may: 'service-lathes',
  internal: true,
  input: z.object({ at: Instant }),
  decide: (_, { at }) => [{ type: 'LatheInspected', data: { at } }],
});

@Entity('lathe_view')
export class LatheRow {
  @PrimaryColumn('text') lathe!: string;
  @Column('text', { nullable: true }) tenant!: string | null;
  @Column('text') name!: string;
  @Column('text') status!: string;
  @Column('int') inspections!: number;
}

export const latheView = projection(LatheRow, { version: 1, from: latheEvents }, {
  LatheBought: (rows, { subject, data }) => rows.put({ lathe: subject, tenant: data.tenant ?? null, name: data.name, status: 'standing', inspections: 0 }),
  LatheStarted: (rows, { subject }) => rows.patch({ lathe: subject }, { status: 'turning' }),
  LatheStopped: (rows, { subject }) => rows.patch({ lathe: subject }, { status: 'standing' }),
  LatheInspected: (rows, { subject }) => rows.patch({ lathe: subject }, (row) => ({ inspections: row.inspections + 1 })),
});

/** A lathe that was stopped is looked after, once. */
export const inspectStoppedLathe = reaction(latheEvents, 'LatheStopped', async (event, { tell, now }) => {
  if (event.data.reason === 'fire') throw new Error('nobody goes near it');
  await tell(inspect, event.subject, { at: now });
});

const turning = (db: DataSource): Promise<LatheRow[]> => db.getRepository(LatheRow).findBy({ status: 'turning' });

/** At night everything stands. */
export const stopAtMidnight = timer('stop-at-midnight', { every: 'day' }, async (_, { ask, tell }) => {
  for (const row of await ask(turning)) await tell(rest, row.lathe, { reason: 'night' });
});

const Shown = z.object({ lathe: z.string(), name: z.string(), status: z.string(), inspections: z.int() });
const ById = z.object({ lathe: idOf('lathe') });
const Listing = z.object({ ...pageQuery, status: z.enum(['standing', 'turning']).optional() });
const Pair = z.object({ lathes: z.array(idOf('lathe')).length(2) });
const Report = z.object({ lathe: idOf('lathe'), reason: z.string() });

@Controller()
export class LatheController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/lathes', summary: 'Every lathe.', may: 'use-lathes', query: Listing, returns: pageOf(Shown), from: [latheView] })
  async list({ query, caller }: Asked<undefined, typeof Listing>) {
    const after = cursorOf(query.page_token)?.[0] ?? '';
    const rows = await this.db.getRepository(LatheRow).createQueryBuilder('l')
      .where({ ...caller.tenantFilter, ...(query.status === undefined ? {} : { status: query.status }) })
      .andWhere('l.lathe > :after', { after }).orderBy('l.lathe').limit(query.page_size + 1).getMany();
    return page(rows.map(shown), query.page_size, (row) => [row.lathe]);
  }

  @Query({ path: '/lathes/{lathe}', summary: 'One lathe.', may: 'use-lathes', params: ById, returns: Shown, from: [latheView] })
  async show({ params, caller }: Asked<typeof ById>) {
    const row = await this.db.getRepository(LatheRow).findOneBy({ lathe: params.lathe, ...caller.tenantFilter });
    return shown(row ?? refuse('unknown', { lathe: params.lathe }));
  }

  @Action({ path: '/stop-reports', summary: 'A lathe says that it stopped.', may: 'service-lathes', body: Report, returns: z.object({ version: z.int() }), status: 202 })
  async report({ body, tell }: ActionAsked<undefined, typeof Report>) {
    const { version } = await tell(stop, body.lathe, { reason: body.reason });
    return { version };
  }
}

const Begun = z.object({ position: z.int() });
@Controller()
export class PairController {
  @Action({ path: '/pairs', summary: 'Let two turn at once, or none.', may: 'use-lathes', body: Pair, returns: Begun })
  async startBoth({ body, append, load }: ActionAsked<undefined, typeof Pair>) {
    const appended = await append(async (context) =>
      Promise.all(body.lathes.map(async (id) => {
        const { state, version } = await load(lathe, id);
        return { stream: id, expected: version, events: start.decide(state, {}, context) };
      })));
    return { position: appended?.position ?? 0 };
  }
}

const shown = ({ lathe, name, status, inspections }: LatheRow) => ({ lathe, name, status, inspections });

export const errors = {
  'end-in-the-past': { status: 422, title: 'Choose an end that lies in the future.' },
} as const satisfies ErrorCatalogue;

@Module(context({
  name: 'lab',
  events: [latheEvents],
  aggregates: [[lathe, { buy, start, stop, rest, inspect }]],
  readModels: [latheView],
  reactions: [inspectStoppedLathe],
  timers: [stopAtMidnight],
  controllers: [LatheController, PairController],
  errors,
  permissions: { 'use-lathes': ['operator', 'tenant_admin', 'tenant_member'], 'service-lathes': ['node'] },
}))
export class WorkshopModule {}
