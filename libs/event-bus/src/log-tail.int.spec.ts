import { eventually } from '@pioche/testing';
import { behaviours } from '../test/behaviours.js';
import { append, counts, logTailWorld, recorder, seen } from '../test/world.js';
import { LogTailSource } from './index.js';

describe('the log tail', () => {
  behaviours(logTailWorld);

  it('reads a log once for all of its handlers, and not at all while nothing happens', async () => {
    const world = await logTailWorld();
    let reads = 0;
    const { store, database } = world;
    const counted = {
      context: store.context,
      onAppended: (listener: () => void) => store.onAppended(listener),
      readRaw: (range: { after: number; limit: number }) => {
        reads++;
        return store.readRaw(range);
      },
    };
    const source = new LogTailSource({ pool: database.pool, stores: [counted], groups: [counts] });
    for (const name of ['a', 'b', 'c', 'd']) await source.consume(recorder(name));
    await append(store, [['s', 1]]);
    for (const name of ['a', 'b', 'c', 'd']) await eventually(async () => expect(await seen(world, name)).toEqual(['s 1']));
    reads = 0;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(reads).toBeLessThanOrEqual(8);
    await source.close();
    await world.close();
  });

  it('refuses a context whose log is not here, and a consumer that was fed from several partitions', async () => {
    const world = await logTailWorld();
    const source = world.replica();
    await expect(source.consume({ ...recorder('far'), sources: ['billing'] })).rejects.toThrow('billing');
    await world.database.pool.query(`INSERT INTO checkpoints VALUES ('wide', 'inventory', 1, 5, 5)`);
    await expect(source.consume(recorder('wide'))).rejects.toThrow('partitions');
    await source.close();
    await world.close();
  });
});
