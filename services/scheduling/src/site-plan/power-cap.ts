/** What the GPUs of a site may draw together. */
import { sitePlanEvents } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { siteOf, sitePlan } from './site-plan.js';

const { command } = commandsOf(sitePlan);

export const setPowerCap = command({
  name: 'setPowerCap',
  summary: 'Place nothing that would let the GPUs that jobs hold draw more than this together. What runs goes on.',
  may: 'operate-scheduling',
  input: sitePlanEvents.events.PowerCapSet.data.omit({ site: true }),
  decide(plan, cap) {
    const site = siteOf(plan);
    const models = cap.gpu_watts.map(({ gpu_model }) => gpu_model);
    const twice = models.find((model, at) => models.indexOf(model) !== at);
    if (twice !== undefined) refuse('gpu-model-twice', { field: 'gpu_watts', gpu_model: twice });
    const data = { site, ...cap };
    return JSON.stringify(plan.powerCap) === JSON.stringify(data) ? [] : [{ type: 'PowerCapSet', data }];
  },
});

export const liftPowerCap = command({
  name: 'liftPowerCap',
  summary: 'Place without a power cap.',
  may: 'operate-scheduling',
  input: z.object({}),
  decide: (plan) => (plan.powerCap === undefined ? [] : [{ type: 'PowerCapLifted', data: { site: siteOf(plan) } }]),
});
