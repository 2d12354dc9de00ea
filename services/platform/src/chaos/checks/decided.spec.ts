import { commandsOf, refuse, type Decider, type Fact } from '@pioche/kernel';
import { z } from 'zod';
import type { Commanded } from '../history/commands.js';
import { byCommand } from './commands.js';
import { commandsAreDecidedWhole } from './decided.js';
import { logOf, logsWith, without } from './testing/sample.js';

/** A heap that things are put on: what goes over ten is told. */
const heap: Decider<number, Fact<'ThingsPut' | 'HeapFull', { readonly things: number }>> = {
  name: 'heap',
  initial: 0,
  evolve: (height, { type, data }) => (type === 'ThingsPut' ? height + data.things : height),
};
const put = commandsOf(heap).command({
  name: 'put', summary: 'Put things on the heap.', may: 'heap', input: z.object({ things: z.int().default(1) }),
  decide(height, { things }) {
    if (things === 0) refuse('nothing');
    return [{ type: 'ThingsPut', data: { things } }, ...(height + things > 10 ? [{ type: 'HeapFull' as const, data: { things: height + things } }] : [])];
  },
});
const declarations = [{ name: 'inventory', aggregates: [[heap, [put]]] }] as const;

const asked = (...inputs: readonly unknown[]): Commanded => ({
  label: '#2', context: 'inventory', id: 'cmd_2', subject: 'operations', inputs, outcomes: [{ what: 'unknown', why: 'time-out' }],
  ask: { kind: 'command', by: { subject: 'operations' }, context: 'inventory', route: '/heaps/{id}:put', target: 'heap_1', key: 'k', body: {} },
});
const full = [{ type: 'ThingsPut', data: { things: 5 } }, { type: 'HeapFull', data: { things: 13 } }];
const log = logOf('inventory', { command: 'cmd_1', stream: 'heap_1', facts: [{ type: 'ThingsPut', data: { things: 8 } }] }, { command: 'cmd_2', stream: 'heap_1', facts: full });
const check = (command: Commanded, inventory = log) => commandsAreDecidedWhole(declarations, [command], logsWith({ inventory }), byCommand(logsWith({ inventory })));

it('a command that was not answered is wholly there, or wholly not', () => {
  expect(check(asked({ things: 5 }))).toMatchObject({ holds: true, seen: 1 });
  expect(check(asked({ things: 5 }), log.slice(0, 1))).toMatchObject({ holds: true, seen: 0 });
});

it('its last event is missed, though nothing else tells of it', () => {
  expect(check(asked({ things: 5 }), without(log, 2)).findings[0]).toContain('HeapFull');
});

it('what does not follow from what was asked is found, and what would have been refused', () => {
  expect(check(asked({ things: 6 })).holds).toBe(false);
  expect(check(asked({ things: 0 })).findings[0]).toContain('nothing');
  expect(check({ ...asked({ things: 5 }), ask: { ...asked().ask, route: '/heaps/{id}:take' } }).findings[0]).toContain('no command is behind its route');
});

it('of a key that was used for several one is enough', () => expect(check(asked({ things: 6 }, { things: 5 })).holds).toBe(true));
