/** Dashboards, rules and runbooks: that they fit each other, and the code. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { declarationOf, metricsOf } from '@pioche/service-kit';
import { files } from '../../../../deploy/grafana/generate.mjs';
import { MODULES } from '../../src/modules.js';
import { alerts, knownSeries, metricsIn, panelQueries, ROOT, rules } from './queries.js';

const PROMETHEUS = resolve(ROOT, 'deploy/prometheus');
const RUNBOOKS = resolve(ROOT, 'docs/runbooks');
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: PROMETHEUS, encoding: 'utf8' });

const hasPromtool = promtool('--version').status === 0;
if (!hasPromtool) console.warn('rules are not tried: there is no promtool on the PATH (it comes with Prometheus)');

(hasPromtool ? describe : describe.skip)('promtool', () => {
  it.each([
    ['accepts the configuration and the rules', ['check', 'config', 'prometheus.yml']],
    ['sees every alert fire where it should, and nowhere else', ['test', 'rules', 'tests/pioche.yml']],
  ])('%s', (_, args) => {
    const { status, stdout, stderr } = promtool(...args);
    if (status !== 0) throw new Error(stdout + stderr);
  });

  it('has a firing and a silent test of every alert', () => {
    const tests = readFileSync(resolve(PROMETHEUS, 'tests/pioche.yml'), 'utf8');
    for (const { alert } of alerts) expect([alert, tests.includes(`name: ${alert} fires`), tests.includes(`name: ${alert} does not fire`)]).toEqual([alert, true, true]);
  });
});

describe('runbooks', () => {
  it('are there for every alert, and for nothing else', () => {
    const pages = readdirSync(RUNBOOKS).filter((name) => name !== 'README.md').toSorted();
    expect(pages).toEqual(alerts.map(({ alert }) => `${alert}.md`).toSorted());
  });

  it.each(alerts.map((rule) => [rule.alert, rule] as const))('%s leads to its page, which says what it means, how to see it and what to do', (alert, { annotations, labels }) => {
    expect(annotations).toMatchObject({ runbook_url: `docs/runbooks/${alert}.md`, summary: expect.any(String), description: expect.any(String) });
    expect(['critical', 'warning']).toContain(labels?.['severity']);
    const page = readFileSync(resolve(RUNBOOKS, `${alert}.md`), 'utf8');
    for (const heading of [`# ${alert}`, '## What it means', '## How to see it', '## What to do', '## Tried']) expect(page.split('\n')).toContain(heading);
    expect(readFileSync(resolve(RUNBOOKS, 'README.md'), 'utf8')).toContain(`(${alert}.md)`);
  });
});

describe('queries', () => {
  const asked = [...panelQueries, ...rules.map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', expr }))];

  it('finds the metrics in a query', () => {
    expect(metricsIn('sum by (service, le) (rate(a_bucket{x="b_c"}[5m])) or 0 * max(c:d) / ignoring (e) f_g')).toEqual(['a_bucket', 'c:d', 'f_g']);
  });

  it('name metrics that there are', async () => {
    const known = await knownSeries();
    const unknown = asked.flatMap(({ where, expr }) => metricsIn(expr).filter((name) => !known.has(name)).map((name) => `${where}: ${name}`));
    expect(unknown).toEqual([]);
  });
});

describe('dashboards', () => {
  it.each([...files])('%s is what the generator makes', (file, text) => {
    expect(readFileSync(resolve(ROOT, 'deploy/grafana', file), 'utf8')).toBe(text);
  });

  it('are all there, and no other', () => {
    expect(readdirSync(resolve(ROOT, 'deploy/grafana/dashboards')).map((name) => `dashboards/${name}`).toSorted()).toEqual([...files.keys()].toSorted());
  });
});

it.each(CONTEXTS)('every metric of %s is named as Prometheus has it, once, and says what bounds its labels', (context) => {
  const metrics = metricsOf(declarationOf(MODULES[context]));
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  for (const { name, type, labels = {} } of metrics) {
    expect(name).toMatch(/^(pioche|http_server|db_client|messaging)_[a-z0-9_]+$/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    for (const bound of Object.values(labels)) expect(bound.length).toBeGreaterThan(5);
  }
});
