import { everyEventIsPublished, publishedInOrder, repeatsIn } from './kafka.js';
import { noDeadLetters } from './dead-letters.js';
import { logOf, logsWith, topicsOf, without } from './testing/sample.js';

const fact = { type: 'NodeQuarantined', data: { reason: 'a fan' } };
const logs = logsWith({ inventory: logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: [fact, fact] }, { command: 'cmd_2', stream: 'node_2', facts: [fact] }) });
const topics = topicsOf(logs);
const moved = (...places: readonly number[]) => ({ ...topics, inventory: places.flatMap((place, offset) => topics.inventory.slice(place, place + 1).map((record) => ({ ...record, offset }))) });

it('all is well where each event is there, in order, and some again', () => {
  const again = moved(0, 1, 0, 1, 2, 1);
  expect(everyEventIsPublished(logs, again).holds).toBe(true);
  expect(publishedInOrder(again)).toMatchObject({ holds: true, seen: 3 });
  expect(repeatsIn(again)).toBe(3);
});

it('an event that was never published is found, and one that is not as it stands in the log', () => {
  expect(everyEventIsPublished(logs, { ...topics, inventory: without(topics.inventory, 1) }).findings[0]).toContain('inventory:2 (node_1, NodeQuarantined)');
  const changed = topics.inventory.map((record, n) => (n === 2 ? { ...record, text: record.text.replace('a fan', 'a man') } : record));
  expect(everyEventIsPublished(logs, { ...topics, inventory: changed }).wrong).toBe(2);
});

it('what comes for the first time after later ones is found', () => {
  expect(publishedInOrder(moved(0, 2, 1)).findings[0]).toContain('offset 2: position 2 after 3');
});

it('an open dead letter is found, and one that is on the topic only', () => {
  expect(noDeadLetters([], 0).holds).toBe(true);
  expect(noDeadLetters([{ context: 'lab', consumer: 'burn_v1', source: 'billing', position: 7, state: 'dead', reason: 'no such row' }], 1).findings).toEqual(['lab.burn_v1: billing:7 is dead: no such row']);
  expect(noDeadLetters([], 1).holds).toBe(false);
});
