/** Every query that dashboards and alerts ask, and the metrics that they name. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { declarationOf, metricsOf } from '@pioche/service-kit';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { dashboards } from '../../../../deploy/grafana/dashboards.mjs';
import { MODULES } from '../../src/modules.js';

export const ROOT = resolve(import.meta.dirname, '../../../..');
export const RULES = resolve(ROOT, 'deploy/prometheus/rules/pioche.yml');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const rules: readonly Rule[] = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
export const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);

export interface AskedQuery {
  readonly where: string;
  readonly expr: string;
  /** Why it may rightly find nothing. */
  readonly mayBeEmpty: string | undefined;
}

export const panelQueries: readonly AskedQuery[] = dashboards.flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.panels.flatMap((panel) => Object.values(panel.queries).map((expr) => ({ where: `${title}: ${panel.title}`, expr, mayBeEmpty: panel.mayBeEmpty })))));

/** What an alert watches, whether or not it is so bad that it fires. */
export const watched = (expr: string): string => expr.replaceAll(/absent\((.*?\})\)/g, '$1').replace(/\s*(>|==)\s*[\d.]+\s*$/, '');

const METRIC = /[a-zA-Z_:][\w:]*/g;
const NOT_METRICS = new Set(['or', 'and', 'unless', 'bool']);

/** The metrics that a query names. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|on|ignoring|group_left|group_right|without)\s*\([^)]*\)/g, '')
    .replaceAll(/\b[a-z_0-9]+\s*\(/g, '(');
  return [...new Set(bare.match(METRIC) ?? [])].filter((name) => !NOT_METRICS.has(name));
}

/** Every series that code makes, or a recording rule. */
export async function knownSeries(): Promise<ReadonlySet<string>> {
  const node = new Registry();
  collectDefaultMetrics({ register: node });
  const ofNode = (await node.getMetricsAsJSON()).map(({ name }) => name);
  node.clear();
  const ours = Object.values(MODULES).flatMap((module) => metricsOf(declarationOf(module)))
    .flatMap(({ name, type }) => (type === 'histogram' ? ['_bucket', '_count', '_sum'].map((part) => name + part) : [name]));
  return new Set([...ofNode, ...ours, ...rules.flatMap(({ record }) => record ?? [])]);
}
