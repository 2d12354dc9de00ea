import type { Commanded, Outcome } from '../history/commands.js';
import { acknowledgedAreThere, acknowledgedOnce, byCommand, commandsAreWhole, refusedAreNotThere, streamsHaveNoHoles, unknownOutcomes } from './commands.js';
import { logOf, logsWith, without } from './testing/sample.js';

const FACTS = [{ type: 'NodeQuarantined', data: { reason: 'a fan' } }, { type: 'NodeRepairStarted', data: {} }];
const DONE: Outcome = { what: 'done', written: { id: 'node_1', version: 2, position: 2, events: FACTS } };
const log = logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: FACTS });

const asked = (id: string, ...outcomes: readonly Outcome[]): Commanded => ({
  label: `#1 ${id}`, context: 'inventory', id, subject: 'operations', inputs: [], outcomes,
  ask: { kind: 'command', by: { subject: 'operations' }, context: 'inventory', route: '/nodes/{id}:quarantine', target: 'node_1', key: 'k', body: {} },
});
const stored = (inventory = log) => byCommand(logsWith({ inventory }));

it('all is well with an acknowledged command that is there, once, as it was answered', () => {
  const commands = [asked('cmd_1', { what: 'unknown', why: 'time-out' }, DONE, DONE)];
  for (const result of [acknowledgedAreThere(commands, stored()), acknowledgedOnce(commands, stored()), commandsAreWhole(stored())]) expect(result).toMatchObject({ holds: true, seen: 1 });
});

it.each([
  ['its events are missing', [], 'lost'],
  ['one of its events is missing', without(log, 1), 'its last event is 1'],
  ['its events are others', logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: FACTS.toReversed() }), 'not those of the answer'],
  ['they are in another stream', logOf('inventory', { command: 'cmd_1', stream: 'node_2', facts: FACTS }), 'nothing in node_1'],
])('an acknowledged command is lost when %s', (_, inventory, why) => {
  const result = acknowledgedAreThere([asked('cmd_1', DONE)], stored(inventory));
  expect(result.holds).toBe(false);
  expect(result.findings[0]).toContain(why);
  expect(result.findings[0]).toContain('#1 cmd_1');
});

it('an acknowledged report, which does not say what it wrote, is lost too', () => {
  expect(acknowledgedAreThere([asked('cmd_1', { what: 'done' })], stored([])).holds).toBe(false);
});

it('a command is doubled when its events are there twice, or two attempts were answered with different ones', () => {
  const twice = logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: FACTS }, { command: 'cmd_1', stream: 'node_1', facts: FACTS });
  expect(acknowledgedOnce([asked('cmd_1', DONE)], stored(twice)).findings[0]).toContain('doubled');
  const more = logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: [...FACTS, ...FACTS] });
  expect(acknowledgedOnce([asked('cmd_1', DONE)], stored(more)).holds).toBe(false);
  expect(acknowledgedOnce([asked('cmd_1', { what: 'done' })], stored(twice)).holds).toBe(false);
  const other: Outcome = { what: 'done', written: { id: 'node_1', version: 4, position: 4 } };
  expect(acknowledgedOnce([asked('cmd_1', DONE, other)], stored()).findings[0]).toContain('positions 2, 4');
});

it('a refused command has written nothing; one without an answer may have', () => {
  const refused: Outcome = { what: 'refused', status: 409 };
  expect(refusedAreNotThere([asked('cmd_1', refused)], stored([])).holds).toBe(true);
  expect(refusedAreNotThere([asked('cmd_1', refused)], stored()).findings[0]).toContain('refused, yet written: inventory:1');
  expect(refusedAreNotThere([asked('cmd_1', { what: 'done', written: { id: 'node_1', version: 0, position: 0 } })], stored()).holds).toBe(false);
  expect(refusedAreNotThere([asked('cmd_1', { what: 'unknown', why: 'time-out' }, refused)], stored()).holds).toBe(true);
  expect(unknownOutcomes([asked('cmd_1', { what: 'unknown', why: 'time-out' }), asked('cmd_2')], stored())).toEqual({ done: 1, not: 1 });
});

it('a command that is half there is found, whoever issued it', () => {
  expect(commandsAreWhole(stored(without(log, 0))).findings[0]).toContain('the one numbered 0 is missing');
  const streams = logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: FACTS }, { command: 'cmd_1', stream: 'node_2', facts: FACTS, from: 2 });
  expect(commandsAreWhole(stored(streams)).holds).toBe(true);
  expect(commandsAreWhole(stored(without(streams, 1))).holds).toBe(false);
});

it('a hole in a stream is found', () => {
  expect(streamsHaveNoHoles(logsWith({ inventory: log })).holds).toBe(true);
  expect(streamsHaveNoHoles(logsWith({ inventory: without(log, 0) })).findings[0]).toContain('has version 2 after 0');
});
