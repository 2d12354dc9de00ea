/** From the order to the first day in service. */
import { NodeModel, RackId, RackUnit, SiteId, siteFacts, SuperpodId } from '@pioche/contracts';
import { commandsOf, Instant, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { checkedGpus, FoundGpu } from './bill-of-materials.js';
import { BURN_IN_HOURS, plusHours, slaDue } from './life.js';
import { allowed, node, type KnownNode, type NodeEvent } from './node.js';

const { command } = commandsOf(node);
const may = 'operate-nodes';

/** All that a scheduler needs to know, for it asks nobody. */
export function inService({ identity, place, gpus }: KnownNode): NodeEvent {
  if (!place) throw new Error('a node is racked before it is in service');
  const slim = gpus.map(({ id, index, model, memory_gib, rail }) => ({ id, index, model, memory_gib, rail }));
  return { type: 'NodePutInService', data: { ...identity, ...place, gpus: slim } };
}

export const order = command({
  name: 'order',
  summary: 'Order a node for a site. The facts of the site (country, jurisdiction, certifications) go with it into service.',
  may,
  creates: true,
  input: z.object({
    site: SiteId,
    superpod: SuperpodId.optional(),
    name: z.string().min(1),
    model: NodeModel,
    scalable_unit: z.int().min(1).default(1),
    rank: z.int().min(0),
    ...siteFacts,
    /** The delivery date agreed with the maker. */
    promised_at: Instant.optional(),
  }),
  decide(_node, { promised_at, ...identity }, { now }) {
    if (promised_at !== undefined && promised_at <= now) refuse('promised-in-the-past', { promised_at, now });
    return [{ type: 'NodeOrdered', data: { ...identity, due: promised_at ?? slaDue('ordered', now) } }];
  },
});

export const receive = command({
  name: 'receive',
  summary: 'The node has arrived: note the serial number on its chassis.',
  may,
  input: z.object({ serial: z.string().min(1) }),
  decide(state, { serial }, { now }) {
    allowed(state, 'receive');
    return [{ type: 'NodeReceived', data: { serial, due: slaDue('received', now) } }];
  },
});

export const rack = command({
  name: 'rack',
  summary: 'The node is in its rack: which, and from which unit up.',
  may,
  input: z.object({ rack: RackId, unit: RackUnit }),
  decide(state, place, { now }) {
    allowed(state, 'rack');
    return [{ type: 'NodeRacked', data: { ...place, due: slaDue('racked', now) } }];
  },
});

export const startCommissioning = command({
  name: 'startCommissioning',
  summary: 'Compare what is in the node with the bill of materials of its model, then check firmware and cabling.',
  may,
  input: z.object({ gpus: z.array(FoundGpu) }),
  decide(state, { gpus }, { now }) {
    const { identity } = allowed(state, 'startCommissioning');
    return [{ type: 'NodeCommissioningStarted', data: { gpus: checkedGpus(identity.model, gpus), due: slaDue('commissioning', now) } }];
  },
});

export const startBurnIn = command({
  name: 'startBurnIn',
  summary: 'Put the node under full load before it serves; `hours: 0` waives it. After a repair that changed GPUs: all that are in it now.',
  may,
  input: z.object({ hours: z.int().min(0).default(BURN_IN_HOURS), gpus: z.array(FoundGpu).optional() }),
  decide(state, { hours, gpus }, { now }) {
    const { identity } = allowed(state, 'startBurnIn');
    const ends_at = plusHours(now, hours);
    const changed = gpus && { gpus: checkedGpus(identity.model, gpus) };
    return [{ type: 'NodeBurnInStarted', data: { hours, ends_at, ...changed, due: slaDue('burn_in', ends_at) } }];
  },
});

export const putInService = command({
  name: 'putInService',
  summary: 'The burn-in is over and passed: jobs may be placed on the node.',
  may,
  input: z.object({}),
  decide(state, _input, { now }) {
    const burntIn = allowed(state, 'putInService');
    const ends_at = burntIn.burnInEndsAt ?? now;
    if (now < ends_at) refuse('burn-in-not-over', { ends_at, now });
    return [inService(burntIn)];
  },
});
