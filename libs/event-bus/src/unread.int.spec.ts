import { describeWithKafka, eventually } from '@pioche/testing';
import { AssignerProtocol, Kafka, logLevel, PartitionAssigners, type PartitionAssigner } from 'kafkajs';
import { append, counts, kafkaWorld, recorder, untilSeen } from '../test/world.js';
import { KafkaSource } from './index.js';

describeWithKafka('partitions that nobody reads', (brokers) => {
  it('are given out again, though everybody is content', async () => {
    const world = await kafkaWorld(brokers);
    const { broker, prefix, database } = world;
    const topic = `${prefix}inventory`;
    await broker.ensureTopic(topic);

    // As a leader that was not told of the topic: it gives nothing to anybody, and then everything to the others.
    let knows = false;
    let itself = '';
    const forgetful: PartitionAssigner = (world) => ({
      ...PartitionAssigners.roundRobin(world),
      assign: ({ members }) =>
        Promise.resolve(members.map(({ memberId }) => {
          const assignment: Record<string, number[]> = knows && memberId !== itself ? { [topic]: [0] } : {};
          return { memberId, memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }) };
        })),
    });
    const leader = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: `${prefix}test.reader`, partitionAssigners: [forgetful] });
    const joined = new Promise<string>((resolve) => void leader.on(leader.events.GROUP_JOIN, ({ payload }) => payload.isLeader && resolve(payload.memberId)));
    await leader.connect();
    await leader.subscribe({ topics: [topic] });
    await leader.run({ eachMessage: async () => {} });
    itself = await joined;

    const troubles: string[] = [];
    const source = new KafkaSource({ broker, pool: database.pool, groups: [counts], service: 'test', prefix, unreadMs: 1_000, onTrouble: (_consumer, error) => void troubles.push(String(error)) });
    const consumption = await source.consume(recorder('reader'));
    await append(world.store, [['s', 1]]);
    await eventually(() => expect(troubles.join()).toContain(`nobody reads ${topic}/0`), 30_000);
    expect((await database.pool.query('SELECT 1 FROM seen')).rowCount).toBe(0);

    // Nobody comes or goes: only whoever joins again makes it give them out.
    knows = true;
    await untilSeen(world, ['s 1'], 'reader');
    await consumption.close();
    await source.close();
    await leader.disconnect();
    await world.close();
  }, 90_000);
});
