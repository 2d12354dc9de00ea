/** Everything about one service that is looked up when somebody reads its metrics. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@pioche/kernel';
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import type { ServiceConfig } from '../config.js';
import { LIMITS } from '../config.js';
import type { Consuming } from '../consuming.js';
import { ownEvents, type ContextDeclaration } from '../context.js';
import type { Database } from '../database.js';
import type { Check } from '../health.js';
import type { Admission } from '../http/admission.js';
import type { Metrics } from '../metrics.js';
import type { TimerRunner } from '../timer-runner.js';
import type { FigureDeclaration, MetricDeclaration, Reading } from './declaration.js';
import { COUNTED, FIGURES, LOOKED_UP, RELAY_FIGURES } from './declarations.js';
import { readFigures } from './figures.js';
import { cached, soon } from './soon.js';

export interface Observed {
  readonly declaration: ContextDeclaration;
  readonly config: Pick<ServiceConfig, 'broker' | 'maxInFlight'>;
  readonly database: Database;
  readonly clock: Clock;
  readonly consuming: Consuming;
  readonly timers: TimerRunner;
  readonly admission: Admission;
  readonly checks: readonly Check[];
}

/** Every metric of a context's service, but for those of Node. */
export const metricsOf = ({ figures = [] }: Pick<ContextDeclaration, 'figures'>): MetricDeclaration[] => [
  ...Object.values(COUNTED),
  ...Object.values(LOOKED_UP),
  ...[...FIGURES, ...RELAY_FIGURES, ...figures].map(gaugeOf),
];

const gaugeOf = ({ name, help, labels }: FigureDeclaration): MetricDeclaration => ({ name, help, type: 'gauge', ...(labels && { labels }) });

export function observeService(metrics: Metrics, { declaration, config, database, clock, consuming, timers, admission, checks }: Observed): void {
  consuming.onHandled = (handled) => metrics.handled(handled);
  for (const { events } of ownEvents(declaration)) for (const type of Object.keys(events)) metrics.eventsAppended.set(type, 0);

  const { relay } = config.broker === 'kafka' ? { relay: RELAY_FIGURES } : { relay: [] };
  const figures = [...FIGURES, ...relay, ...(declaration.figures ?? [])];
  const read = cached(() => readFigures(database.consumerPool, figures, clock.now()));
  for (const figure of figures) metrics.lookUp(gaugeOf(figure), async () => (await read()).get(figure.name) ?? []);

  const pools = Object.entries({ requests: database.pool, consumers: database.consumerPool, queries: database.viewerPool });
  const ofPools = (value: (pool: pg.Pool) => number) => pools.map(([db_client_connection_pool_name, pool]) => ({ labels: { db_client_connection_pool_name }, value: value(pool) }));
  const builds = cached(() => builtRatios(consuming));
  const lookUps: Readonly<Record<keyof typeof LOOKED_UP, () => Reading[] | Promise<Reading[]>>> = {
    events: () => readingsOf('type', metrics.eventsAppended),
    sent: () => consuming.relay === undefined ? [] : [{ labels: { messaging_system: 'kafka', messaging_operation_name: 'publish', messaging_destination_name: declaration.name satisfies ContextName }, value: consuming.relay.published }],
    lag: () => readingsOf('consumer', consuming.lags()),
    running: () => [...consuming.consumptions].map(([consumer, all]) => ({ labels: { consumer }, value: Number(all.every(({ status }) => status === 'running')) })),
    ready: () => Promise.all(checks.map(async (check) => ({ labels: { check: check.name }, value: Number(await soon(check.problem().then((problem) => problem === undefined)) ?? false) }))),
    published: () => consuming.relay === undefined ? [] : [{ value: consuming.relay.position }],
    leader: () => [
      ...(consuming.relay === undefined ? [] : [{ labels: { task: 'relay' }, value: Number(consuming.relay.role === 'leading') }]),
      { labels: { task: 'timers' }, value: Number(timers.leads) },
    ],
    timerRuns: () => timers.tallies.flatMap(({ timer, done, failed }) => [{ labels: { timer, outcome: 'done' }, value: done }, { labels: { timer, outcome: 'failed' }, value: failed }]),
    timerLast: () => timers.tallies.flatMap(({ timer, lastDone }) => (lastDone === undefined ? [] : [{ labels: { timer }, value: lastDone / 1000 }])),
    inFlight: () => [{ value: admission.inFlight }],
    places: () => [{ value: config.maxInFlight ?? LIMITS.maxInFlight }],
    connections: () => [
      ...ofPools((pool) => pool.idleCount).map((reading) => inState(reading, 'idle')),
      ...ofPools((pool) => pool.totalCount - pool.idleCount).map((reading) => inState(reading, 'used')),
    ],
    connectionsMax: () => ofPools((pool) => pool.options.max),
    connectionsWanted: async () => {
      // Not those that look for these very metrics: with a connection at hand they have it in the next turn.
      await setImmediate();
      return ofPools((pool) => pool.waitingCount);
    },
    builds,
    unreadable: async () => [{ value: figures.length - ((await soon(read()))?.size ?? 0) }],
  };
  for (const [key, declared] of Object.entries(LOOKED_UP)) metrics.lookUp(declared, lookUps[key as keyof typeof LOOKED_UP]);
}

const readingsOf = (label: string, values: Iterable<readonly [string, number]>): Reading[] => [...values].map(([of, value]) => ({ labels: { [label]: of }, value }));

const inState = ({ labels, value }: Reading, db_client_connection_state: string): Reading => ({ value, labels: { ...labels, db_client_connection_state } });

/** The way of the live one is the way to go: at its end the build takes its place. */
async function builtRatios({ readModels }: Pick<Consuming, 'readModels'>): Promise<Reading[]> {
  return (await readModels.builds()).map(({ readModel, live, building }) => {
    const ratios = [...(building?.positions ?? [])].map(([source, position]) => position / Math.max(1, live?.positions.get(source) ?? Infinity));
    return { labels: { read_model: readModel }, value: building === undefined ? 1 : Math.min(1, ...ratios, ...(ratios.length === 0 ? [0] : [])) };
  });
}
