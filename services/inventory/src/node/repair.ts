/** Mending a node, changing it for another, and letting it go. */
import { commandsOf } from '@pioche/kernel';
import { z } from 'zod';
import { slaDue } from './life.js';
import { allowed, node } from './node.js';

const { command } = commandsOf(node);
const may = 'operate-nodes';
const text = z.string().min(1);

export const startRepair = command({
  name: 'startRepair',
  summary: 'A technician takes the node in hand.',
  may,
  input: z.object({}),
  decide(state, _input, { now }) {
    allowed(state, 'startRepair');
    return [{ type: 'NodeRepairStarted', data: { due: slaDue('under_repair', now) } }];
  },
});

export const openRma = command({
  name: 'openRma',
  summary: 'Ask the maker to take the node back: its number of the case.',
  may,
  input: z.object({ rma: text, reason: text }),
  decide(state, { rma, reason }, { now }) {
    allowed(state, 'openRma');
    return [{ type: 'NodeRmaOpened', data: { rma, reason, due: slaDue('rma_opened', now) } }];
  },
});

export const shipRma = command({
  name: 'shipRma',
  summary: 'The node has left for the maker.',
  may,
  input: z.object({ tracking: text }),
  decide(state, { tracking }, { now }) {
    allowed(state, 'shipRma');
    return [{ type: 'NodeRmaShipped', data: { tracking, due: slaDue('rma_shipped', now) } }];
  },
});

export const receiveReplacement = command({
  name: 'receiveReplacement',
  summary: 'Another machine has come in its stead; it is racked and commissioned like a new one.',
  may,
  input: z.object({ serial: text }),
  decide(state, { serial }, { now }) {
    allowed(state, 'receiveReplacement');
    return [{ type: 'NodeReplacementReceived', data: { serial, due: slaDue('replacement_received', now) } }];
  },
});

export const decommission = command({
  name: 'decommission',
  summary: 'Take the node out for good; its disks are to be erased.',
  may,
  input: z.object({ reason: text }),
  decide(state, { reason }, { now }) {
    allowed(state, 'decommission');
    return [{ type: 'NodeDecommissioningStarted', data: { reason, due: slaDue('decommissioning', now) } }];
  },
});

export const retire = command({
  name: 'retire',
  summary: 'The node is gone. The reference of the proof of erasure is required.',
  may,
  input: z.object({ erasure_proof: text }),
  decide(state, { erasure_proof }) {
    allowed(state, 'retire');
    return [{ type: 'NodeRetired', data: { erasure_proof } }];
  },
});
