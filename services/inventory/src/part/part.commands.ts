import { PartKind, PartPlace } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { partId } from './part-id.js';
import { part, type Part, type PartEvent } from './part.js';

const { command } = commandsOf(part);

const Label = z.object({ kind: PartKind, model: z.string().min(1), serial: z.string().min(1), name: z.string().min(1).optional() });
const Installation = z.object({ ...PartPlace.shape, far_end: PartPlace.optional() });

/** One end per part, two ends per cable, and they differ. @throws Refusal */
function installed(state: Part, place: z.infer<typeof Installation>): PartEvent {
  if (state.status === 'unknown') throw new Error('a part is registered before it is installed');
  if (state.status === 'installed') return refuse('part-already-installed', { at: state.at });
  const { far_end: far } = place;
  if ((state.kind === 'cable') !== (far !== undefined)) refuse('cable-has-two-ends', { kind: state.kind });
  if (far?.host === place.host && far.slot === place.slot) refuse('cable-ends-meet', { at: far });
  return { type: 'PartInstalled', data: place };
}

export const register = command({
  name: 'register',
  summary: 'Make a serial number known. The id follows from kind and serial, so the same part is never two.',
  may: 'operate-inventory',
  creates: true,
  input: Label,
  identify: ({ kind, serial }) => partId(kind, serial),
  decide: (_part, label) => [{ type: 'PartRegistered', data: label }],
});

export const install = command({
  name: 'install',
  summary: 'Put the part into a slot of a node, a rack or a switch; a cable with both its ends.',
  may: 'operate-inventory',
  input: Installation,
  decide: (state, place) => [installed(state, place)],
});

export const remove = command({
  name: 'remove',
  summary: 'Take the part out; it is then in store.',
  may: 'operate-inventory',
  input: z.object({ reason: z.string().min(1) }),
  decide(state, { reason }) {
    if (state.status !== 'installed') return refuse('part-not-installed', { status: state.status });
    return [{ type: 'PartRemoved', data: { ...state.at, reason } }];
  },
});

export const registerInstalled = command({
  name: 'registerInstalled',
  summary: 'A part that came already in its place, as those of a SuperPOD do.',
  may: 'operate-inventory',
  creates: true,
  internal: true,
  input: z.object({ ...Label.shape, ...Installation.shape }),
  decide: (_part, input) => [{ type: 'PartRegistered', data: Label.parse(input) }, installed({ status: 'in_store', kind: input.kind }, Installation.parse(input))],
});

export const place = command({
  name: 'place',
  summary: 'The part was found here, whatever was noted of it before.',
  may: 'operate-inventory',
  internal: true,
  upserts: true,
  input: z.object({ ...Label.shape, ...Installation.shape }),
  decide(state, input) {
    const found = Installation.parse(input);
    if (state.status === 'installed' && state.at.host === found.host && state.at.slot === found.slot) return [];
    const before: PartEvent[] = state.status === 'unknown' ? [{ type: 'PartRegistered', data: Label.parse(input) }] : [];
    const moved: PartEvent[] = state.status === 'installed' ? [{ type: 'PartRemoved', data: { ...state.at, reason: 'found elsewhere' } }] : [];
    return [...before, ...moved, installed({ status: 'in_store', kind: input.kind }, found)];
  },
});

export const leave = command({
  name: 'leave',
  summary: 'The part is no longer in this host; nothing when it was not there.',
  may: 'operate-inventory',
  internal: true,
  input: z.object({ host: PartPlace.shape.host, reason: z.string().min(1) }),
  decide: (state, { host, reason }) =>
    state.status === 'installed' && state.at.host === host ? [{ type: 'PartRemoved', data: { ...state.at, reason } }] : [],
});

export const partCommands = [register, install, remove, registerInstalled, place, leave];
