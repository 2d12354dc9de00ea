import { fenceEvents } from '@pioche/contracts';
import { reaction } from '@pioche/service-kit';
import { completeOff } from '../switch/switch.commands.js';

/** When the last node has acknowledged, the time since the last signature is measured and published. */
export const completeSwitchOff = reaction(fenceEvents, 'FenceCompleted', async ({ time, data: { switch: id, request, nodes } }, { tell }) => {
  await tell(completeOff, id, { request, nodes, last_acknowledged_at: time });
});
