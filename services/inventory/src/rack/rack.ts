import { HallId, rackEvents, SiteId, SuperpodId, type FactOf } from '@pioche/contracts';
import { commandsOf, unreachable, type Decider } from '@pioche/kernel';
import { z } from 'zod';

export type RackEvent = FactOf<typeof rackEvents>;

export type Rack =
  | { readonly status: 'unknown' }
  | { readonly status: 'installed'; readonly units: number; readonly maxKw: number };

export const rack: Decider<Rack, RackEvent> = {
  name: 'rack',
  initial: { status: 'unknown' },
  evolve(_state, event) {
    switch (event.type) {
      case 'RackInstalled':
        return { status: 'installed', units: event.data.units, maxKw: event.data.max_kw };
      default:
        return unreachable(event.type);
    }
  },
};

const { command } = commandsOf(rack);

export const installRack = command({
  name: 'install',
  summary: 'Install a rack in a hall: its height in units and the power it may draw (kW).',
  may: 'operate-inventory',
  creates: true,
  input: z.object({
    site: SiteId,
    hall: HallId,
    superpod: SuperpodId.optional(),
    name: z.string().min(1),
    units: z.int().min(1).default(48),
    max_kw: z.number().positive(),
  }),
  decide: (_rack, input) => [{ type: 'RackInstalled', data: input }],
});

export const rackCommands = [installRack];
