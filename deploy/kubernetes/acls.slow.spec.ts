import { fileURLToPath } from 'node:url';
import { KafkaBroker } from '@pioche/event-bus';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } from 'kafkajs';
import { z } from 'zod';
import { guardedKafka, type GuardedKafka } from './guarded-kafka.js';
import { kubectl, render } from './kubectl.mjs';
import { objectsOf, ofKind } from './objects.js';

const Acl = z.object({ resource: z.object({ type: z.enum(['topic', 'group']), name: z.string(), patternType: z.enum(['literal', 'prefix']).default('literal') }), operations: z.array(z.enum(['Read', 'Write', 'Describe'])) });
const User = z.looseObject({ metadata: z.looseObject({ name: z.string() }), spec: z.looseObject({ authorization: z.looseObject({ acls: z.array(Acl) }) }) });

const OPERATIONS = { Read: AclOperationTypes.READ, Write: AclOperationTypes.WRITE, Describe: AclOperationTypes.DESCRIBE };
const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP };
const PATTERNS = { literal: ResourcePatternTypes.LITERAL, prefix: ResourcePatternTypes.PREFIXED };

const program = kubectl();
if (program === undefined) console.warn('no kubectl, and none can be fetched: the users of Kafka are not tried');

(program === undefined ? describe.skip : describe)('the users of Kafka in production, on a Kafka that guards its topics', () => {
  const password = (user: string): string => `password-of-${user}`;
  const brokers: KafkaBroker[] = [];
  let kafka: GuardedKafka;

  beforeAll(async () => {
    const objects = objectsOf(render(program ?? '', fileURLToPath(new URL('../../k8s/overlays/production', import.meta.url))));
    const users = ofKind(objects, 'KafkaUser', User);
    kafka = await guardedKafka(Object.fromEntries(users.map(({ metadata }) => [metadata.name, password(metadata.name)])));
    const admin = new Kafka({ brokers: [kafka.adminBroker], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: ofKind(objects, 'KafkaTopic', z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).map(({ metadata }) => ({ topic: metadata.name })) });
    await admin.createAcls({
      acl: users.flatMap(({ metadata, spec }) =>
        spec.authorization.acls.flatMap(({ resource, operations }) =>
          operations.map((operation) => ({
            principal: `User:${metadata.name}`,
            host: '*',
            permissionType: AclPermissionTypes.ALLOW,
            operation: OPERATIONS[operation],
            resourceType: RESOURCES[resource.type],
            resourceName: resource.name,
            resourcePatternType: PATTERNS[resource.patternType],
          })))),
    });
    await admin.disconnect();
  }, 180_000);

  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    await kafka.stop();
  });

  const as = (user: string, secret = password(user)): KafkaBroker => {
    const broker = new KafkaBroker({ brokers: [kafka.broker], security: { ca: kafka.ca, login: { username: user, password: secret } } });
    brokers.push(broker);
    return broker;
  };
  const publish = async (broker: KafkaBroker, topic: string, value: string): Promise<void> => {
    const publisher = await broker.publisher();
    try {
      await publisher.publish(topic, [{ key: 'a', value, contentType: 'text/plain' }]);
    } finally {
      await publisher.close();
    }
  };
  /** @param patient whether it goes on in trouble, as services do: a group that one may not join looks like one that nobody coordinates yet */
  const firstOf = async (broker: KafkaBroker, group: string, topic: string, patient = true): Promise<string | undefined> => {
    const read = Promise.withResolvers<string | undefined>();
    const subscriber = await broker.subscribe({
      group,
      topics: [topic],
      startAt: () => Promise.resolve(0),
      onBatch: ({ messages }) => {
        read.resolve(messages[0]?.value);
        return Promise.resolve((messages.at(-1)?.offset ?? -1) + 1);
      },
      onTrouble: (error) => patient || read.reject(error),
      onFailed: read.reject,
    });
    try {
      return await read.promise;
    } finally {
      await subscriber.close();
    }
  };

  it('publish to their own topic, find its last event, and put away what cannot be handled', async () => {
    const inventory = as('pioche-inventory');
    await inventory.ensureTopic('pioche.inventory');
    await publish(inventory, 'pioche.inventory', 'first');
    expect(await inventory.lastValues('pioche.inventory')).toEqual(['first']);
    await inventory.ensureTopic('pioche.dead-letters');
    await publish(inventory, 'pioche.dead-letters', 'dead');
  }, 60_000);

  it('read what they consume, in groups of their own', async () => {
    await expect(firstOf(as('pioche-scheduling'), 'pioche.scheduling.reaction.replicateNodes', 'pioche.inventory')).resolves.toBe('first');
    await expect(firstOf(as('pioche-scheduling'), 'pioche.billing.meter', 'pioche.inventory', false)).rejects.toThrow(/coordinator/);
  }, 60_000);

  it('cannot write to another’s topic, make one, or read what they do not consume', async () => {
    const lab = as('pioche-lab');
    await expect(publish(lab, 'pioche.inventory', 'forged')).rejects.toThrow();
    await expect(lab.ensureTopic('pioche.more')).rejects.toThrow();
    await expect(firstOf(lab, 'pioche.lab.curious', 'pioche.sovereignty')).rejects.toThrow();
  }, 120_000);

  it('cannot come with another password', async () => {
    await expect(as('pioche-lab', 'guessed').ensureTopic('pioche.lab')).rejects.toThrow(/[Aa]uthentication/);
  }, 60_000);
});
