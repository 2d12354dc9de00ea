import { commandsOf, follow, unreachable, type Decider, type Id } from '@pioche/kernel';
import { personEvents, type FactOf } from '@pioche/contracts';
import { OWNER_OPTIONAL, ownerOf } from '../owner.js';

export const PERSON_LIFE = { unknown: { join: 'here' }, here: { leave: 'gone' }, gone: {} } as const;

export type PersonEvent = FactOf<typeof personEvents>;
/** Nothing personal is kept: who it is stands in the directory. */
export interface Person {
  readonly status: keyof typeof PERSON_LIFE;
  readonly tenant?: Id<'tenant'>;
}

export const person: Decider<Person, PersonEvent> = {
  name: 'person',
  initial: { status: 'unknown' },
  tenantOf: ({ tenant }) => tenant,
  evolve(state, event) {
    switch (event.type) {
      case 'PersonJoined':
        return { status: 'here', tenant: event.data.tenant };
      case 'PersonLeft':
        return { ...state, status: 'gone' };
      default:
        return unreachable(event);
    }
  },
};

const { command } = commandsOf(person);

export const join = command({
  name: 'join',
  summary: 'Let a person of the directory be named.',
  may: 'manage-lab',
  creates: true,
  input: personEvents.events.PersonJoined.data.partial(OWNER_OPTIONAL),
  decide({ status }, data, context) {
    follow(PERSON_LIFE, status, 'join');
    return [{ type: 'PersonJoined', data: { ...data, tenant: ownerOf(data.tenant, context) } }];
  },
});

export const leave = command({
  name: 'leave',
  summary: 'Say that a person works here no more; seats are vacated one by one.',
  may: 'manage-lab',
  input: personEvents.events.PersonLeft.data,
  decide({ status }, data) {
    follow(PERSON_LIFE, status, 'leave');
    return [{ type: 'PersonLeft', data }];
  },
});

export const personCommands = [join, leave] as const;
