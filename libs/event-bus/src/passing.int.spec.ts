/** What passes without a transaction: never what is wanted, never further than what came, never over what others did. */
import { append, counts, logTailWorld, recorder, seen, type World } from '../test/world.js';
import { readCheckpoints } from './checkpoints.js';
import { batchOf, Consumer } from './consumer.js';
import { Delivery, KnownEvents } from './delivery.js';

const { signal } = new AbortController();

describe('passing', () => {
  let world: World;
  let done = 0;
  beforeEach(async () => {
    world = await logTailWorld();
    done = 0;
  });
  afterEach(() => world.close());

  const choosy = () => new Consumer({ ...recorder('choosy'), wants: new Set(['Counted']) }, { pool: world.database.pool });
  const position = async () => (await readCheckpoints(world.database.pool, 'choosy', 'inventory')).get(0)?.position;
  /** Appends these and gives them to a consumer as one batch. */
  const give = async (consumer: Consumer, ...numbers: (number | 'skipped')[]) => {
    await append(world.store, numbers.map((n) => ['s', n] as const));
    const logged = await world.store.readRaw({ after: done, limit: 100 });
    done = await world.store.head();
    const batch = batchOf(logged.map((event) => new Delivery({ logged: event, source: 'inventory', partition: 0, offset: event.position }, new KnownEvents([counts]))));
    return batch && (await consumer.apply(batch, signal));
  };

  it('stores, when it is settled, exactly what has passed', async () => {
    const consumer = choosy();
    await give(consumer, 1);
    const before = done;
    expect(await give(consumer, 'skipped', 'skipped')).toMatchObject({ position: done });
    expect(await position()).toBe(before);
    await consumer.settle();
    expect(await position()).toBe(done);
  });

  it('handles a batch in which only a later event is wanted', async () => {
    const consumer = choosy();
    await give(consumer, 1);
    await give(consumer, 'skipped', 2, 'skipped');
    expect(await seen(world, 'choosy')).toEqual(['s 1', 's 2']);
  });

  it('leaves a checkpoint that another replica has moved since', async () => {
    const [gone, heir] = [choosy(), choosy()];
    await give(gone, 1);
    await give(gone, 'skipped');
    await give(heir, 2);
    await gone.settle();
    expect(await position()).toBe(done);
  });
});
