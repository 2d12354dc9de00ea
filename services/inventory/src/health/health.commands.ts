import { GpuId, HealthSource, NodeId, NodeModel } from '@pioche/contracts';
import { commandsOf, idOf, Instant, refuse, type Context } from '@pioche/kernel';
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
  /** When it was seen: what was mended after that is not opened again. */
  observed_at: Instant.optional(),
});
type Report = z.infer<typeof Report>;

export const watch = command({
  name: 'watch',
  summary: 'Watch the health of a node from now on.',
  may: 'operate-nodes',
  internal: true,
  upserts: true,
  input: z.object({ node: NodeId, model: NodeModel }),
  decide: (state, input) => (state.status === 'unknown' ? [{ type: 'HealthWatchStarted', data: { ...input, gpus: [] } }] : []),
});

export const fit = command({
  name: 'fit',
  summary: 'These GPUs are in the node now; alerts on others are closed.',
  may: 'operate-nodes',
  internal: true,
  input: z.object({ gpus: z.array(z.object({ id: GpuId, index: z.int().min(0), serial: z.string().min(1) })) }),
  decide(state, { gpus }, context) {
    const desk = deskOf(state, context);
    desk.fit(gpus);
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
  input: z.object({ format: HealthSource.exclude(['agent']), text: z.string().min(1), observed_at: Report.shape.observed_at }),
  decide(state, { format, text, observed_at }, context) {
    const observed = PARSERS[format](text);
    // A kernel log without XIDs is a good one; anything else without a GPU is not what it was said to be.
    if (format !== 'kernel_log' && observed.gpus.length === 0) refuse('capture-not-readable', { format });
    return judged(state, { source: format, gpus: [...observed.gpus], xids: [...observed.xids], observed_at }, context);
  },
});

export const closeAlert = command({
  name: 'closeAlert',
  summary: 'A person has dealt with what the alert told of.',
  may: 'operate-nodes',
  input: z.object({ alert: idOf('alert'), reason: z.string().min(1) }),
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
  input: z.object({ reason: z.string().min(1) }),
  decide(state, { reason }, context) {
    const desk = deskOf(state, context);
    for (const alert of desk.open) desk.close(alert, reason);
    return desk.events;
  },
});

export const healthCommands = [watch, fit, observe, ingest, closeAlert, closeAll];

function deskOf(state: Health, context: Context): Desk {
  if (state.status === 'unknown') throw new Error('a node is watched before anything is observed of it');
  return new Desk(state, context);
}

function judged(state: Health, { source, gpus, xids, power_supplies_live: live, observed_at: seen }: Report, context: Context): readonly HealthEvent[] {
  const desk = deskOf(state, context);
  for (const observed of gpus) {
    const subject = desk.subjectOf(observed.gpu);
    for (const verdict of verdictsOf(observed)) desk.apply(subject, verdict, source, seen);
    const { last_xid: last } = observed;
    if (last !== undefined && last > 0) desk.apply(subject, verdictOfXid(last), source, seen);
    // The gauge of the last XID falls back to 0 when the GPU was reset: what it had told of is over.
    const told = (last === 0 ? desk.open : []).filter((alert) => alert.source === source && alert.gpu === subject.gpu && alert.named === subject.named);
    for (const alert of told) if (alert.code.startsWith('xid_')) desk.close(alert, 'the GPU was reset');
  }
  for (const { gpu, code, at, detail } of xids) desk.apply(desk.subjectOf(better(gpu, gpus)), verdictOfXid(code, detail), source, at ?? seen);
  if (live !== undefined && state.status === 'watched') {
    desk.apply({}, verdictOfPower(live, MODELS[state.watch.model].powerSupplies), source, seen);
  }
  return desk.events;
}

/** A log knows a GPU by its bus; what else the same report tells of that GPU says which one it is. */
const better = (ref: GpuRef, gpus: readonly GpuObservation[]): GpuRef => ({
  ...gpus.find(({ gpu }) => (ref.bus_id !== undefined && gpu.bus_id === ref.bus_id) || (ref.uuid !== undefined && gpu.uuid === ref.uuid))?.gpu,
  ...ref,
});
