import { HallId, NodeModel, siteFacts, SiteId } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { BURN_IN_HOURS } from '../node/life.js';
import { MOST_SCALABLE_UNITS } from './fabric.js';
import { superpod } from './superpod.js';

const { command } = commandsOf(superpod);

export const plan = command({
  name: 'plan',
  summary: 'Plan a SuperPOD: n scalable units give 32n−1 nodes with all racks, switches and cables. The facts of the site go with its nodes.',
  may: 'operate-inventory',
  creates: true,
  input: z.object({
    name: z.string().min(1),
    site: SiteId,
    hall: HallId,
    scalable_units: z.int().min(1),
    model: NodeModel.default('DGX H100'),
    /** 0 waives the burn-in, which only a simulation should. */
    burn_in_hours: z.int().min(0).default(BURN_IN_HOURS),
    ...siteFacts,
  }),
  decide(_superpod, input) {
    if (input.scalable_units > MOST_SCALABLE_UNITS) {
      refuse('too-many-scalable-units', { most: MOST_SCALABLE_UNITS, scalable_units: input.scalable_units });
    }
    return [{ type: 'SuperpodPlanned', data: input }];
  },
});

export const superpodCommands = [plan];
