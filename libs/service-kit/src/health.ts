/** Whether this process lives, whether it can work, and what it has done: for orchestrators and monitoring. */
import type { Consumption } from '@pioche/event-bus';
import type pg from 'pg';
import { ProblemError } from './problem.js';
import { publicRoute } from './http/public-route.js';
import type { Route } from './http/route.js';
import type { Metrics } from './metrics.js';

/** One thing that a service cannot work without. */
export interface Check {
  readonly name: string;
  /** What is wrong; nothing when it is well. */
  problem(): Promise<string | undefined>;
}

/** Well as long as what is asked is answered. */
export const answers = (name: string, ask: () => Promise<unknown>): Check => ({ name, problem: () => ask().then(() => undefined, (error: Error) => error.message) });

export const databaseCheck = (pool: pg.Pool): Check => answers('database', () => pool.query('SELECT 1'));

/** A service whose consumers have died looks well from outside, and does nothing. @param consumers undefined before they are started */
export const consumersCheck = (consumers: () => ReadonlyMap<string, readonly Pick<Consumption, 'status' | 'problem'>[]> | undefined): Check => ({
  name: 'consumers',
  async problem() {
    const all = consumers();
    if (all === undefined) return 'not started';
    const ill = [...all].flatMap(([name, running]) =>
      running.filter(({ status }) => status !== 'running').map(({ status, problem }) => `${name} ${status}${problem === undefined ? '' : `: ${problem}`}`));
    return ill.length === 0 ? undefined : ill.join('; ');
  },
});

/** A check that takes longer counts as failed. */
const PATIENCE_MS = 2_000;

/** One look serves all who ask at the same moment: however many ask, one asks the database. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let looking: Promise<T> | undefined;
  return () => (looking ??= look().finally(() => (looking = undefined)));
}

export const impatient = (check: Check): Promise<string | undefined> =>
  Promise.race([
    check.problem(),
    new Promise<string>((resolve) => void setTimeout(() => resolve(`no answer in ${PATIENCE_MS} ms`), PATIENCE_MS).unref()),
  ]);

export function healthRoutes(checks: readonly Check[], metrics: Metrics): Route[] {
  const results = shared(() => Promise.all(checks.map(async (check) => ({ name: check.name, problem: await impatient(check) }))));
  const text = shared(() => metrics.text());
  return [
    publicRoute('/healthz', 'alive', 'The process lives and its event loop turns.', (_request, reply) =>
      // It would not answer if it did not.
      reply.send({ status: 'alive', event_loop_lag_seconds: metrics.eventLoopLag() })),
    publicRoute('/readyz', 'ready', 'Database, migrations and consumers are there; otherwise it names what is not.', async (_request, reply) => {
      const found = await results();
      const failed = found.filter(({ problem }) => problem !== undefined);
      if (failed.length > 0) throw new ProblemError('not-ready', { details: { failed }, headers: { 'retry-after': '2' } });
      return reply.send({ status: 'ready', checks: found.map(({ name }) => name) });
    }),
    publicRoute('/metrics', 'metrics', 'Prometheus metrics.', async (_request, reply) =>
      reply.header('content-type', metrics.contentType).send(await text())),
  ];
}
