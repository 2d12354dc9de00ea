import { nodeEvents, type InstalledGpu } from '@pioche/contracts';
import { reaction, type Tools } from '@pioche/service-kit';
import { closeAll, fit, watch } from '../health/health.commands.js';
import { health, healthId } from '../health/health.js';
import { partId } from '../part/part-id.js';
import { leave, place } from '../part/part.commands.js';

type NodeId = `node_${string}`;

/**
 * Which GPUs are in a node is known to its health and to the parts. A burn-in, and the way back into service, begin
 * without old alerts: one that stays open would hide that the same thing happens again.
 */
export const knowGpus = reaction(
  nodeEvents,
  ['NodeOrdered', 'NodeCommissioningStarted', 'NodeBurnInStarted', 'NodePutInService', 'NodeReplacementReceived'],
  async (event, tools) => {
    const node = event.subject as NodeId;
    const { tell } = tools;
    switch (event.type) {
      case 'NodeOrdered':
        await tell(watch, healthId(node), { node, model: event.data.model });
        return;
      case 'NodeCommissioningStarted':
        await fitted(node, event.data.gpus, tools);
        return;
      case 'NodeBurnInStarted':
        await tell(closeAll, healthId(node), { reason: 'a burn-in began: what is still wrong shows again' });
        if (event.data.gpus !== undefined) await fitted(node, event.data.gpus, tools);
        return;
      case 'NodePutInService':
        await tell(closeAll, healthId(node), { reason: 'the node was put in service: what is still wrong shows again' });
        return;
      case 'NodeReplacementReceived':
        await tell(closeAll, healthId(node), { reason: 'the machine was replaced' });
        await fitted(node, [], tools);
    }
  },
  'know-gpus',
);

/** The list of the health comes last: a repeat after a crash still finds who was there before. */
async function fitted(node: NodeId, gpus: readonly InstalledGpu[], { load, tell }: Tools): Promise<void> {
  const { state } = await load(health, healthId(node));
  const before = state.status === 'unknown' ? [] : state.watch.gpus;
  const gone = before.filter(({ serial }) => gpus.every((gpu) => gpu.serial !== serial));
  await Promise.all([
    ...gone.map(({ serial }) => tell(leave, partId('gpu', serial), { host: node, reason: 'it was replaced' })),
    ...gpus.map(({ model, serial, index }) => tell(place, partId('gpu', serial), { kind: 'gpu', model, serial, host: node, slot: `GPU_SXM_${index + 1}` })),
  ]);
  await tell(fit, healthId(node), { gpus: gpus.map(({ id, index, serial }) => ({ id, index, serial })) });
}
