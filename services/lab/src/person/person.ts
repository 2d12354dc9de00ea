import { commandsOf, follow, unreachable, type Decider } from '@pioche/kernel';
import { personEvents, type FactOf } from '@pioche/contracts';

export const PERSON_LIFE = { unknown: { join: 'here' }, here: { leave: 'gone' }, gone: {} } as const;

export type PersonEvent = FactOf<typeof personEvents>;
/** Nothing personal is kept: who it is stands in the directory. */
export interface Person {
  readonly status: keyof typeof PERSON_LIFE;
}

export const person: Decider<Person, PersonEvent> = {
  name: 'person',
  initial: { status: 'unknown' },
  evolve(_person, event) {
    switch (event.type) {
      case 'PersonJoined':
        return { status: 'here' };
      case 'PersonLeft':
        return { status: 'gone' };
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
  input: personEvents.events.PersonJoined.data,
  decide({ status }, data) {
    follow(PERSON_LIFE, status, 'join');
    return [{ type: 'PersonJoined', data }];
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
