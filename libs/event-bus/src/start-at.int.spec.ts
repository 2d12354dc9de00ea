/** Where a Kafka consumer starts: at its own checkpoint, or not at all where that would skip something. */
import { PaperBroker } from '../test/paper-broker.js';
import { counts, logTailWorld, recorder, type World } from '../test/world.js';
import { KafkaSource } from './kafka-source.js';

describe('a consumer of a topic', () => {
  let world: World;
  let broker: PaperBroker;
  beforeEach(async () => {
    world = await logTailWorld();
    broker = new PaperBroker();
    await world.database.pool.query(`INSERT INTO checkpoints VALUES ('late', 'inventory', 0, 3, 30)`);
  });
  afterEach(() => world.close());

  const consume = () => new KafkaSource({ broker, pool: world.database.pool, groups: [counts], service: 'test', prefix: 'paper.' }).consume(recorder('late'));
  const startAt = () => broker.subscriber?.startAt('paper.inventory', 0);

  it('starts at its checkpoint, whatever is in the topic before', async () => {
    broker.records.push(...Array.from({ length: 5 }, (_, n) => ({ key: 's', value: String(n), contentType: '' })));
    await consume();
    expect(await startAt()).toBe(3);
  });

  it('starts at the beginning of a topic that was made anew', async () => {
    await consume();
    expect(await startAt()).toBe(0);
  });

  it('fails for good where the topic begins after its checkpoint: what is missing would be lost in silence', async () => {
    broker.begins = 7;
    const consumption = await consume();
    await expect(startAt()).rejects.toThrow('which begins at 7');
    expect(consumption.status).toBe('failed');
  });
});
