import { GpuId, HealthSource, NodeId, NodeModel } from '@pioche/contracts';
import { commandsOf, refuse, type Context } from '@pioche/kernel';
import { z } from 'zod';
import { MODELS } from '../node/models.js';
import { Desk } from './desk.js';
import { health, type Health, type HealthEvent } from './health.js';
import { GpuObservation, XidSighting, type GpuRef } from './observation.js';
import { PARSERS } from './parsers/index.js';
import { verdictOfPower, verdictOfXid, verdictsOf } from './rules.js';

const { command } = commandsOf(health);

const Report = z.object({
  source: HealthSource,
  gpus: z.array(GpuObservation).default([]),
  xids: z.array(XidSighting).default([]),
  /** Power supplies of the node that work. */
  power_supplies_live: z.int().min(0).optional(),
});
type Report = z.infer<typeof Report>;

export const watch = command({
  name: 'watch',
  summary: 'Watch the health of a node with these GPUs in it; alerts on others are closed.',
  may: 'operate-nodes',
  internal: true,
  upserts: true,
  input: z.object({
    node: NodeId,
    model: NodeModel,
    gpus: z.array(z.object({ id: GpuId, index: z.int().min(0), serial: z.string().min(1) })),
  }),
  decide(state, input, context) {
    if (state.status === 'unknown') return [{ type: 'HealthWatchStarted', data: input }];
    const desk = new Desk(state, context);
    if (JSON.stringify(state.watch.gpus) !== JSON.stringify(input.gpus)) desk.watch(input);
    return desk.events;
  },
});

export const observe = command({
  name: 'observe',
  summary: 'Tell what was seen of the node and its GPUs. What is wrong opens an alert, once; what is mended closes it.',
  may: 'run-agent',
  input: Report,
  decide: (state, report, context) => judged(state, report, context),
});

export const ingest = command({
  name: 'ingest',
  summary: 'Read a capture, scrape, tree or log as it is, and judge what is in it.',
  may: 'operate-nodes',
  input: z.object({ format: HealthSource.exclude(['agent']), text: z.string().min(1) }),
  decide(state, { format, text }, context) {
    const observed = PARSERS[format](text);
    // A kernel log without XIDs is a good one; anything else without a GPU is not what it was said to be.
    if (format !== 'kernel_log' && observed.gpus.length === 0) refuse('capture-not-readable', { format });
    return judged(state, { source: format, gpus: [...observed.gpus], xids: [...observed.xids] }, context);
  },
});

export const closeAlert = command({
  name: 'closeAlert',
  summary: 'A person has dealt with what the alert told of.',
  may: 'operate-nodes',
  input: z.object({ alert: z.string(), reason: z.string().min(1) }),
  decide(state, { alert, reason }, context) {
    const desk = deskOf(state, context);
    const open = desk.open.find((candidate) => candidate.alert === alert);
    if (!open) return refuse('alert-not-open', { alert, open: desk.open.map((candidate) => candidate.alert) });
    desk.close(open, reason);
    return desk.events;
  },
});

export const closeAll = command({
  name: 'closeAll',
  summary: 'The node was mended: nothing seen before counts any more. What is still wrong opens anew.',
  may: 'operate-nodes',
  internal: true,
  upserts: true,
  input: z.object({ reason: z.string().min(1) }),
  decide(state, { reason }, context) {
    if (state.status === 'unknown') return [];
    const desk = new Desk(state, context);
    for (const alert of state.open) desk.close(alert, reason);
    return desk.events;
  },
});

export const healthCommands = [watch, observe, ingest, closeAlert, closeAll];

function deskOf(state: Health, context: Context): Desk {
  if (state.status === 'unknown') throw new Error('a node is watched before anything is observed of it');
  return new Desk(state, context);
}

function judged(state: Health, { source, gpus, xids, power_supplies_live: live }: Report, context: Context): readonly HealthEvent[] {
  const desk = deskOf(state, context);
  for (const observed of gpus) {
    const subject = desk.subjectOf(observed.gpu);
    for (const verdict of verdictsOf(observed)) desk.apply(subject, verdict, source);
    const { last_xid: last } = observed;
    if (last !== undefined && last > 0) desk.apply(subject, verdictOfXid(last), source);
    // The gauge of the last XID falls back to 0 when the GPU was reset: what it had told of is over.
    const told = (last === 0 ? desk.open : []).filter((alert) => alert.source === source && alert.gpu === subject.gpu && alert.named === subject.named);
    for (const alert of told) if (alert.code.startsWith('xid_')) desk.close(alert, 'the GPU was reset');
  }
  for (const { gpu, code, at, detail } of xids) desk.apply(desk.subjectOf(better(gpu, gpus)), verdictOfXid(code, detail), source, at);
  if (live !== undefined && state.status === 'watched') {
    desk.apply({}, verdictOfPower(live, MODELS[state.watch.model].powerSupplies), source);
  }
  return desk.events;
}

/** A log knows a GPU by its bus; what else the same report tells of that GPU says which one it is. */
const better = (ref: GpuRef, gpus: readonly GpuObservation[]): GpuRef => ({
  ...gpus.find(({ gpu }) => (ref.bus_id !== undefined && gpu.bus_id === ref.bus_id) || (ref.uuid !== undefined && gpu.uuid === ref.uuid))?.gpu,
  ...ref,
});
