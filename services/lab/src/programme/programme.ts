import { commandsOf, refuse, unreachable, type Decider, type Id } from '@pioche/kernel';
import { programmeEvents, type FactOf } from '@pioche/contracts';
import { OWNER_OPTIONAL, ownerOf } from '../owner.js';

export type ProgrammeEvent = FactOf<typeof programmeEvents>;
export type Programme = { readonly status: 'unknown' } | { readonly status: 'open'; readonly tenant: Id<'tenant'>; readonly name: string };

export const programme: Decider<Programme, ProgrammeEvent> = {
  name: 'programme',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(_programme, event) {
    switch (event.type) {
      case 'ProgrammeOpened':
        return { status: 'open', tenant: event.data.tenant, name: event.data.name };
      default:
        return unreachable(event.type);
    }
  },
};

export const openProgramme = commandsOf(programme).command({
  name: 'open',
  summary: 'Open a programme, for projects to be started under it.',
  may: 'manage-lab',
  creates: true,
  input: programmeEvents.events.ProgrammeOpened.data.partial(OWNER_OPTIONAL),
  decide(state, data, context) {
    if (state.status === 'open') refuse('already-exists', { programme: context.id });
    return [{ type: 'ProgrammeOpened', data: { ...data, tenant: ownerOf(data.tenant, context) } }];
  },
});

export const programmeCommands = [openProgramme] as const;
