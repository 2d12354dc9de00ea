/** What the core promises, each broken on purpose, and what has to notice it. */
/** @import { Catcher, Mutation } from './catalogue.mjs' */

const store = (file) => `libs/event-store/src/${file}`;
const bus = (file) => `libs/event-bus/src/${file}`;
const kit = (file) => `libs/service-kit/src/${file}`;

/** @param {string} spec @param {string} test a part of its name, or several with | between @returns {Catcher} */
const tests = (spec, test) => ({ spec, test });

/** @param {string} kinds of faults @returns {Catcher} */
const chaos = (kinds) => ({ chaos: ['--seed', '7', '--minutes', '0.5', '--kinds', kinds] });

/** @type {readonly Mutation[]} */
export const MUTATIONS = [
  // The log
  {
    name: 'no-ordering-lock',
    what: 'commit order is position order: no reader ever skips an event',
    file: store('schema.ts'),
    find: '    ${ORDERING_LOCK}\n',
    replace: '',
    caughtBy: [tests(store('order.int.spec.ts'), 'has no gaps')],
  },
  {
    name: 'expected-version-ignored',
    what: 'an append happens at the version its decision was based on, or not at all',
    file: store('schema.ts'),
    find: '(a.x = a.last OR',
    replace: '(a.x >= 0 OR',
    caughtBy: [tests(store('store.int.spec.ts'), 'expecting')],
  },
  {
    name: 'half-of-an-append',
    what: 'an append to several streams is all or nothing',
    file: store('schema.ts'),
    find: 'HAVING bool_and(',
    replace: 'HAVING bool_or(',
    caughtBy: [tests(store('store.int.spec.ts'), 'all or nothing')],
  },
  {
    name: 'event-ids-by-chance',
    what: 'a repeated command writes nothing: event ids follow from its id',
    file: store('lane.ts'),
    find: "derivedId('evt', commandId, String(index))",
    replace: "derivedId('evt', commandId, String(index), String(Math.random()))",
    caughtBy: [tests(store('repeats.int.spec.ts'), 'answered as the first'), chaos('terminate-backends,kill-service')],
  },
  {
    name: 'repeats-not-seen',
    what: 'a repeated command is answered as it was answered first',
    file: store('schema.ts'),
    find: 'NOT a.repeated AND',
    replace: '',
    caughtBy: [tests(store('repeats.int.spec.ts'), 'answered as the first')],
  },
  {
    name: 'two-of-a-stream-in-a-commit',
    what: 'appends that share a commit do not overtake each other in a stream',
    file: store('lane.ts'),
    find: '!streams.has(stream)',
    replace: 'stream !== undefined',
    caughtBy: [tests(store('store.int.spec.ts'), 'whatever its neighbours meet')],
  },
  {
    name: 'decided-on-a-stale-state',
    what: 'a command without a version is decided again where others were faster',
    file: store('aggregate-store.ts'),
    find: "version === 0 ? 'none' : version)",
    replace: "version === 0 ? 'none' : 'any')",
    caughtBy: [tests(store('aggregate-store.int.spec.ts'), 'overtaken|decides again')],
  },

  // From the log to Kafka
  {
    name: 'relay-checkpoint-before-ack',
    what: 'the relay moves its checkpoint after the acknowledgement',
    file: bus('relay.ts'),
    find: 'await this.publish(publisher, events);',
    replace: 'await this.moveCheckpoint(last.position); await this.publish(publisher, events);',
    caughtBy: [tests(bus('relay-order.int.spec.ts'), 'only after the acknowledgement'), chaos('kill-kafka,kill-service')],
  },
  {
    name: 'relay-without-leader',
    what: 'one relay of a context publishes at a time',
    file: bus('relay.ts'),
    find: 'await this.locks.acquire(lock, signal)',
    replace: 'new AbortController().signal',
    caughtBy: [tests(bus('relay-order.int.spec.ts'), 'publishes alone')],
  },
  {
    name: 'relay-keys-by-event',
    what: 'all events of a stream are in one partition',
    file: bus('relay.ts'),
    find: '({ key: subject, value: json,',
    replace: '({ key: `${subject} ${json.length % 7}`, value: json,',
    caughtBy: [tests(bus('relay-order.int.spec.ts'), 'each under its stream')],
  },
  {
    name: 'relay-out-of-order',
    what: 'events are published in the order of the log',
    file: bus('relay.ts'),
    find: 'events.map(({ subject, json })',
    replace: 'events.toReversed().map(({ subject, json })',
    caughtBy: [tests(bus('relay-order.int.spec.ts'), 'order of the log')],
  },

  // Consumers
  {
    name: 'checkpoint-before-the-effects',
    what: 'checkpoint and effects are one transaction: nothing is lost when it fails after the checkpoint',
    file: bus('consumer.ts'),
    find: 'const wanted = this.wanted(handled);',
    replace: "await commitBatch(tx, place, { nextOffset: nextOffset ?? checkpoint.nextOffset, position }); await tx.query('BEGIN'); const wanted = this.wanted(handled);",
    caughtBy: [tests(bus('log-tail.int.spec.ts'), 'fails halfway|connection is cut'), chaos('terminate-backends,kill-service')],
  },
  {
    name: 'checkpoint-after-the-effects',
    what: 'checkpoint and effects are one transaction: nothing happens twice when it fails before the checkpoint',
    file: bus('consumer.ts'),
    find: 'await commitBatch(tx, place, to);',
    replace: "await tx.query('COMMIT'); await tx.query('BEGIN'); await commitBatch(tx, place, to);",
    caughtBy: [tests(bus('one-transaction.int.spec.ts'), 'has its effects once'), chaos('terminate-backends,kill-service')],
  },
  {
    name: 'no-lock-against-a-replica',
    what: 'batches of one handler never run at the same time, in whichever replica',
    file: bus('checkpoints.ts'),
    find: '${lockConsumer(place.consumer)};',
    replace: 'SELECT 1;',
    caughtBy: [tests(bus('one-transaction.int.spec.ts'), 'while another one does')],
  },
  {
    name: 'no-dedupe-by-position',
    what: 'an event that was published twice has its effect once',
    file: bus('sorting.ts'),
    find: 'if (attributes.position <= position) continue;',
    replace: '',
    caughtBy: [tests(bus('sorting.spec.ts'), 'skips what is below'), chaos('redeliver')],
  },
  {
    name: 'poison-is-skipped',
    what: 'an event that cannot be handled is parked, never dropped',
    file: bus('sorting.ts'),
    find: "parked.push({ delivery, state: 'dead', reason });",
    replace: '',
    caughtBy: [tests(bus('sorting.spec.ts'), 'loses none')],
  },
  {
    name: 'parked-and-forgotten',
    what: 'what is parked is stored in the transaction that moves the checkpoint past it',
    file: bus('consumer.ts'),
    find: 'if (parked.length > 0) await this.store(tx, parked);',
    replace: 'if (parked.length < 0) await this.store(tx, parked);',
    caughtBy: [tests(bus('one-transaction.int.spec.ts'), 'cannot be handled')],
  },
  {
    name: 'stream-overtakes-its-poison',
    what: 'later events of a stream wait behind its dead letter, in the same batch',
    file: bus('sorting.ts'),
    find: 'if (attributes) streams.add(attributes.stream);',
    replace: '',
    caughtBy: [tests(bus('sorting.spec.ts'), 'never lets an event pass')],
  },
  {
    name: 'dead-letters-forgotten',
    what: 'later events of a stream wait behind its dead letter, in every later batch',
    file: bus('sorting.ts'),
    find: 'new Set(blocked)',
    replace: 'new Set<string>()',
    caughtBy: [tests(bus('log-tail.int.spec.ts'), 'its stream waits')],
  },
  {
    name: 'redrive-without-effect',
    what: 'a letter that is redriven has had its effect',
    file: bus('dead-letters.ts'),
    find: 'await handler.handle([delivery], tx)',
    replace: 'await Promise.resolve()',
    caughtBy: [tests(bus('log-tail.int.spec.ts'), 'corrected text|redriven in order')],
  },
  {
    name: 'starts-where-kafka-remembers',
    what: 'a consumer starts at the checkpoint of its own database, also of a restored one',
    file: bus('kafka-subscriber.ts'),
    find: 'if (!signal.aborted) this.consumer.seek(',
    replace: 'if (signal.aborted) this.consumer.seek(',
    caughtBy: [tests(bus('kafka.int.spec.ts'), 'database was restored')],
  },
  {
    name: 'missing-records-not-noticed',
    what: 'a consumer whose next event is no longer in the topic fails instead of skipping',
    file: bus('kafka-source.ts'),
    find: 'if (start < (first.get(partition) ?? 0)) {',
    replace: 'if (start < 0) {',
    caughtBy: [tests(bus('start-at.int.spec.ts'), 'fails for good')],
  },
  {
    name: 'passes-what-is-wanted',
    what: 'only a batch without any wanted event passes without the handler',
    file: bus('consumer.ts'),
    find: 'deliveries.some((delivery) =>',
    replace: 'deliveries.slice(0, 1).some((delivery) =>',
    caughtBy: [tests(bus('passing.int.spec.ts'), 'later event is wanted')],
  },
  {
    name: 'passing-beyond-what-came',
    what: 'a saved checkpoint is never beyond what is done',
    file: bus('passing.ts'),
    find: 'Math.max(before.position, position) }',
    replace: 'Math.max(before.position, position) + 1 }',
    caughtBy: [tests(bus('passing.int.spec.ts'), 'exactly what has passed')],
  },
  {
    name: 'passing-over-another-replica',
    what: 'a saved checkpoint never goes back behind what another replica has done',
    file: bus('checkpoints.ts'),
    find: ' AND next_offset = $6 AND position = $7',
    replace: ' AND $6::bigint >= 0 AND $7::bigint >= 0',
    caughtBy: [tests(bus('passing.int.spec.ts'), 'another replica has moved')],
  },

  // Read models
  {
    name: 'switch-before-caught-up',
    what: 'a new generation takes over when it has all that the live one shows',
    file: 'libs/projections/src/switch.ts',
    find: 'return row?.behind ?? 0;',
    replace: 'return Math.min(row?.behind ?? 0, 0);',
    caughtBy: [tests('libs/projections/src/take-over.int.spec.ts', 'does not take over')],
  },

  // Reactions, timers, requests
  {
    name: 'reaction-ids-by-chance',
    what: 'a reaction to an event that comes again writes nothing',
    file: kit('reaction-handler.ts'),
    find: "key: ['reaction', reaction.name, event.id]",
    replace: "key: ['reaction', reaction.name, event.id, String(Math.random())]",
    caughtBy: [tests(kit('reaction-handler.int.spec.ts'), 'comes again'), chaos('terminate-backends,kill-service')],
  },
  {
    name: 'timers-on-every-replica',
    what: 'a timer fires on one replica',
    file: kit('timer-runner.ts'),
    find: 'this.leading = await this.locks.tryAcquire(`timers ${this.context}`);',
    replace: 'this.leading = new AbortController().signal;',
    caughtBy: [tests(kit('timer-runner.int.spec.ts'), 'one of several replicas')],
  },
  {
    name: 'timer-forgets-that-it-fired',
    what: 'a timer does not fire again after a restart',
    file: kit('timer-runner.ts'),
    find: 'UPDATE timers SET last = $2 WHERE name = $1',
    replace: 'UPDATE timers SET last = last WHERE name = $1 AND $2::timestamptz IS NOT NULL',
    caughtBy: [tests(kit('timer-runner.int.spec.ts'), 'after a restart')],
  },
  {
    name: 'timer-ids-by-chance',
    what: 'a timer that has to run again does nothing twice',
    file: kit('timer-runner.ts'),
    find: "key: ['timer', timer.name, now]",
    replace: "key: ['timer', timer.name, now, String(Math.random())]",
    caughtBy: [tests(kit('timer-runner.int.spec.ts'), 'stays done once')],
  },
  {
    name: 'key-not-bound-to-the-body',
    what: 'an Idempotency-Key that was used for another request is refused',
    file: kit('commands/execute.ts'),
    find: "requestHash: hash('sha256', JSON.stringify(input) ?? '', 'base64url'),",
    replace: "requestHash: hash('sha256', '', 'base64url'),",
    caughtBy: [tests(kit('service.int.spec.ts'), 'with a key that was used')],
  },
  {
    name: 'if-match-ignored',
    what: 'a change happens to the version that the caller has read',
    file: kit('commands/command-routes.ts'),
    find: 'creates ? undefined : expectedVersionOf(request)',
    replace: 'creates || expectedVersionOf(request) === -1 ? undefined : undefined',
    caughtBy: [tests(kit('service.int.spec.ts'), 'needs the version that was read')],
  },
];
