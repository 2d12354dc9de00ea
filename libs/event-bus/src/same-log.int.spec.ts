/** A relay and a topic that is not its log's: after a restore to a moment before, or where two installations share a name. */
import { describeWithKafka, eventually } from '@pioche/testing';
import { PaperBroker } from '../test/paper-broker.js';
import { append, kafkaWorld, logTailWorld, type World } from '../test/world.js';
import { Relay } from './relay.js';
import { TopicOfAnotherLogError } from './same-log.js';

const relayOf = ({ store, database }: World, broker: Relay['options']['broker'], prefix: string, onTrouble: (error: unknown) => void = () => undefined) =>
  new Relay({ store, pool: database.pool, broker, prefix, onTrouble });

describe('a relay', () => {
  let world: World;
  let broker: PaperBroker;
  let relay: Relay;
  beforeEach(async () => {
    world = await logTailWorld();
    broker = new PaperBroker();
  });
  afterEach(async () => {
    await relay.close();
    await world.close();
  });
  const told = async (position: number, id: string) => broker.records.push({ key: 's', value: JSON.stringify({ id, position }), contentType: '' });

  it('does not publish to a topic that is ahead of its log, and does not try again when the log has grown', async () => {
    await append(world.store, [['s', 1], ['s', 2]]);
    await told(3, 'evt_of_another_world');
    const troubles: unknown[] = [];
    relay = relayOf(world, broker, 'paper.', (error) => troubles.push(error));
    relay.start();
    await eventually(() => expect(relay.failed).toBe(true));
    expect(troubles).toEqual([expect.any(TopicOfAnotherLogError)]);
    expect(relay.problem).toContain('paper.inventory ends with event evt_of_another_world at position 3, which is not in this log (its head is 2)');
    await append(world.store, [['s', 3], ['s', 4]]);
    await new Promise((wake) => setTimeout(wake, 300));
    expect(broker.records).toHaveLength(1);
  });

  it('does not take another event at a position that it has itself for its own', async () => {
    await append(world.store, [['s', 1], ['s', 2]]);
    await told(2, 'evt_of_another_world');
    relay = relayOf(world, broker, 'paper.');
    relay.start();
    await eventually(() => expect(relay.failed).toBe(true));
  });

  it('goes on in its own topic, whatever else somebody has put there', async () => {
    await append(world.store, [['s', 1]]);
    const first = relayOf(world, broker, 'paper.');
    first.start();
    await eventually(() => expect(broker.records).toHaveLength(1));
    await first.close();
    broker.records.push({ key: null, value: 'no event', contentType: '' });
    await append(world.store, [['s', 2]]);
    relay = relayOf(world, broker, 'paper.');
    relay.start();
    await eventually(() => expect(broker.records).toHaveLength(3));
    expect(relay.failed).toBe(false);
  });

  it('begins a topic that was made anew at the beginning, also when it was cut off just then', async () => {
    await append(world.store, [['s', 1], ['s', 2]]);
    await world.database.pool.query(`INSERT INTO relay_checkpoints (context, position) VALUES ('inventory', 2)`);
    const moved: string[] = [];
    broker.beforeTaking = async () => {
      const { rows } = await world.database.pool.query<{ position: string }>('SELECT position FROM relay_checkpoints');
      moved.push(rows[0]?.position ?? '');
    };
    relay = relayOf(world, broker, 'paper.');
    relay.start();
    await eventually(() => expect(broker.records).toHaveLength(2));
    expect(moved).toEqual(['0']);
  });
});

describeWithKafka('a relay on Kafka', (brokers) => {
  it('finds the last record of its topic, and refuses one that its log does not have', async () => {
    const world = await kafkaWorld(brokers);
    const restored = await logTailWorld();
    await append(world.store, [['s', 1], ['s', 2]]);
    await eventually(() => expect(world.relay.published).toBe(2));
    const [last = ''] = await world.broker.lastValues(`${world.prefix}inventory`);
    expect(JSON.parse(last)).toMatchObject({ position: '2' });
    await append(restored.store, [['s', 1]]);
    const relay = relayOf(restored, world.broker, world.prefix);
    relay.start();
    await eventually(() => expect(relay.failed).toBe(true));
    expect(relay.published).toBe(0);
    await relay.close();
    await restored.close();
    await world.close();
  }, 60_000);
});
