import { commandsOf, refuse, unreachable, type Decider } from '@pioche/kernel';
import { programmeEvents, type FactOf } from '@pioche/contracts';

export type ProgrammeEvent = FactOf<typeof programmeEvents>;
export type Programme = { readonly status: 'unknown' } | { readonly status: 'open'; readonly name: string };

export const programme: Decider<Programme, ProgrammeEvent> = {
  name: 'programme',
  initial: { status: 'unknown' },
  evolve(_programme, event) {
    switch (event.type) {
      case 'ProgrammeOpened':
        return { status: 'open', name: event.data.name };
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
  input: programmeEvents.events.ProgrammeOpened.data,
  decide(state, data, { id }) {
    if (state.status === 'open') refuse('already-exists', { programme: id });
    return [{ type: 'ProgrammeOpened', data }];
  },
});

export const programmeCommands = [openProgramme] as const;
