import { positionEvents } from '@pioche/contracts';
import { commandsOf, follow, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { OWNER_OPTIONAL, ownerOf } from '../owner.js';
import { position, POSITION_LIFE } from './position.js';

const { command } = commandsOf(position);

export const openPosition = command({
  name: 'open',
  summary: 'Open a position: one more seat in the hiring plan.',
  may: 'manage-lab',
  creates: true,
  input: positionEvents.events.PositionOpened.data.partial(OWNER_OPTIONAL),
  decide(state, data, context) {
    follow(POSITION_LIFE, state.status, 'open');
    return [{ type: 'PositionOpened', data: { ...data, tenant: ownerOf(data.tenant, context) } }];
  },
});

export const fill = command({
  name: 'fill',
  summary: 'Give the seat to a person.',
  may: 'manage-lab',
  input: positionEvents.events.PositionFilled.data,
  decide(state, data) {
    follow(POSITION_LIFE, state.status, 'fill');
    return [{ type: 'PositionFilled', data }];
  },
});

export const vacate = command({
  name: 'vacate',
  summary: 'The person leaves the seat; it is open again.',
  may: 'manage-lab',
  input: z.object({ on: z.iso.date() }),
  decide(state, { on }) {
    follow(POSITION_LIFE, state.status, 'vacate');
    if (state.status !== 'filled') return refuse('transition-not-allowed');
    return [{ type: 'PositionVacated', data: { person: state.person, on } }];
  },
});

export const closePosition = command({
  name: 'close',
  summary: 'Take an open seat out of the hiring plan.',
  may: 'manage-lab',
  input: positionEvents.events.PositionClosed.data,
  decide(state, data) {
    follow(POSITION_LIFE, state.status, 'close');
    return [{ type: 'PositionClosed', data }];
  },
});

export const positionCommands = [openPosition, fill, vacate, closePosition] as const;
