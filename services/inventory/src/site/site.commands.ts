import { siteFacts } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { site } from './site.js';

const { command } = commandsOf(site);

export const open = command({
  name: 'open',
  summary: 'Open a site: where it is, who operates it, whose law applies, what it is certified for.',
  may: 'operate-inventory',
  creates: true,
  input: z.object({ name: z.string().min(1), operator: z.string().min(1), ...siteFacts }),
  decide: (_site, input) => [{ type: 'SiteOpened', data: input }],
});

export const addHall = command({
  name: 'addHall',
  summary: 'Add a hall to the site, with the power it can give to racks (kW).',
  may: 'operate-inventory',
  input: z.object({ name: z.string().min(1), power_kw: z.number().positive() }),
  decide(state, { name, power_kw }, context) {
    if (state.status === 'open' && state.halls.some((hall) => hall.name === name)) refuse('hall-name-taken', { name });
    return [{ type: 'HallAdded', data: { hall: context.newId('hall'), name, power_kw } }];
  },
});

export const siteCommands = [open, addHall];
