/**
 * The scenario on the distributed shape under a real Prometheus: no query of a dashboard or an alert is without data; then
 * every alert is provoked, seen to fire, and seen to end after what its runbook says. Durations are fifteen times shorter.
 */
import { join } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { describeWithKafka, eventually } from '@pioche/testing';
import { PlatformProgram } from '../program.js';
import { hasPrometheus, Prometheus } from './prometheus.js';
import { Provocations } from './provocations.js';
import { alerts, panelQueries, rules, watched } from './queries.js';

const LIMIT = 900_000;
const TIMES = 15;
const FIRES_MS = 240_000;

const describeAlerts = hasPrometheus ? describeWithKafka : describe.skip;

describeAlerts('what an operator sees', () => {
  const program = new PlatformProgram('distributed');
  const prometheus = new Prometheus(join(program.folder, 'prometheus'), TIMES);
  let provocations: Provocations;

  beforeAll(async () => {
    await program.start(['--days', '1', '--max-jobs', '60']);
    await prometheus.start(CONTEXTS.map((_, at) => ({ address: `127.0.0.1:${program.port + at}`, path: '/metrics' })));
    await program.untilSaid('Try next', LIMIT);
    provocations = await Provocations.of(program);
  }, LIMIT);
  afterAll(async () => {
    await provocations?.close();
    await prometheus.stop();
    await program.remove();
  }, LIMIT);

  it('has data for every query of a dashboard, a rule and an alert', async () => {
    const asked = [
      ...panelQueries.filter(({ mayBeEmpty }) => mayBeEmpty === undefined),
      // With Kafka, and with the read models as they are.
      ...panelQueries.filter(({ mayBeEmpty }) => mayBeEmpty?.includes('Kafka')),
      ...rules.map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expr: alert === undefined ? expr : watched(expr) })),
    ];
    // The refusal of a place is not part of the scenario.
    const rightlyEmpty = new Set(['RequestsRefused']);
    await eventually(async () => {
      const empty = (await Promise.all(asked.map(async ({ where, expr }) => ((await prometheus.query(expr)).length === 0 ? [`${where}: ${expr}`] : [])))).flat();
      expect(empty.filter((line) => !rightlyEmpty.has(line.split(':')[0] ?? ''))).toEqual([]);
    }, 60_000);
  }, LIMIT);

  it('knows how to provoke every alert', () => {
    expect(Object.keys(provocations.all).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });

  it.each(alerts.map(({ alert }) => alert))('%s fires when it is provoked, and ends after what its runbook says', async (alert) => {
    const { provoke, remedy, labels = {} } = provocations.provocation(alert);
    const fires = async () => (await prometheus.firing()).some((found) => Object.entries({ alertname: alert, ...labels }).every(([label, value]) => found[label] === value));
    await eventually(async () => expect([alert, await fires()]).toEqual([alert, false]), FIRES_MS);
    const begun = Date.now();
    await provoke();
    try {
      await eventually(async () => expect([alert, await fires()]).toEqual([alert, true]), FIRES_MS);
    } finally {
      await remedy();
    }
    const fired = Date.now();
    await eventually(async () => expect([alert, await fires()]).toEqual([alert, false]), FIRES_MS);
    process.stdout.write(`${alert}: fired after ${Math.round((fired - begun) / 1000)} s, ended after ${Math.round((Date.now() - fired) / 1000)} s\n`);
  }, LIMIT);
});
