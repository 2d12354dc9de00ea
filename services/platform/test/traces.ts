/** A command whose effects reach two other contexts, and the shape that its trace must have. */
import type { ContextName } from '@pioche/contracts';
import { eventually } from '@pioche/testing';
import { Api } from '../src/scenario/api.js';

/** A span, from wherever it was collected. */
export interface Seen {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** `scheduling consumer process t.inventory`: service, kind, name. */
  readonly title: string;
}

interface Page<T> {
  readonly items: readonly T[];
}

export interface Sampled {
  readonly url: (context: ContextName) => string;
  readonly token: string;
  /** W3C Trace Context: the caller's, with its flag of sampling set. */
  readonly traceparent: string;
}

const PLACE = { country: 'FR', jurisdiction: 'FR', certifications: ['ISO 27001'] };
const LIMIT = 120_000;

/** A unit of nodes in service, known to scheduling; then one of them is taken out, and that request alone carries the trace. */
export async function quarantineOne({ url, token, traceparent }: Sampled): Promise<void> {
  const api = new Api({ url, token });
  const { id: site } = await api.post('inventory', '/sites', 'site', { name: 'Essonne', operator: 'Pioche', ...PLACE });
  const hall = await api.post<{ id: string; version: number; position: number; events: { data: { hall: string } }[] }>('inventory', `/sites/${site}:addHall`, 'hall', { name: 'A', power_kw: 2_000 });
  await api.post('inventory', '/superpods', 'superpod', { name: 'one', site, hall: hall.events[0]?.data.hall, scalable_units: 1, burn_in_hours: 0, ...PLACE });
  const node = await eventually(async () => {
    const { items } = await api.get<Page<{ node: string }>>('scheduling', `/site-plans/${site}/nodes?page_size=100`);
    if (items[30] === undefined) throw new Error(`scheduling knows ${items.length} nodes`);
    return items[0]?.node;
  }, LIMIT);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'traced', 'if-match': '*', traceparent };
  const response = await fetch(`${url('inventory')}/nodes/${node}:quarantine`, { method: 'POST', headers, body: JSON.stringify({ reason: 'to see' }) });
  if (!response.ok) throw new Error(await response.text());
}

/** Every way from the request to a span, as titles. @throws Error where a parent is missing */
export function waysOf(spans: readonly Seen[], root: string): Set<string> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const wayOf = ({ parentSpanId, title }: Seen): string => {
    if (parentSpanId === root) return title;
    const parent = byId.get(parentSpanId);
    if (parent === undefined) throw new Error(`"${title}" has no parent`);
    return `${wayOf(parent)} > ${title}`;
  };
  return new Set(spans.map(wayOf));
}

/** The ways that there must be. @param prefix of the topics @param of the service's name, from its context */
export function expectedWays(prefix: string, of: (context: ContextName) => string): string[] {
  const request = `${of('inventory')} server POST /nodes/{id}:quarantine`;
  const appended = `${request} > ${of('inventory')} client append events`;
  const reacted = `${appended} > ${of('scheduling')} consumer process ${prefix}inventory > ${of('scheduling')} internal reaction replicate-nodes`;
  const withdrawn = `${reacted} > ${of('scheduling')} client append events`;
  return [
    request,
    appended,
    `${appended} > ${of('inventory')} consumer process inventory`,
    `${appended} > ${of('inventory')} producer send ${prefix}inventory`,
    `${appended} > ${of('scheduling')} consumer process ${prefix}inventory`,
    `${appended} > ${of('sovereignty')} consumer process ${prefix}inventory`,
    reacted,
    withdrawn,
    `${withdrawn} > ${of('scheduling')} consumer process scheduling`,
    `${withdrawn} > ${of('scheduling')} producer send ${prefix}scheduling`,
    `${withdrawn} > ${of('sovereignty')} consumer process ${prefix}scheduling`,
  ];
}
