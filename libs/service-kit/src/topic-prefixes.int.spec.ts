import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { serviceKitMigrations } from './migrations.js';
import { leaveTopics, useTopics } from './topic-prefixes.js';

describe('the topics of a database', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(serviceKitMigrations);
  });
  afterAll(() => database.drop());

  it('are used again and again, and never after a restore', async () => {
    await useTopics(database.pool, 'a.');
    await useTopics(database.pool, 'a.');
    const client = await database.pool.connect();
    await leaveTopics(client);
    client.release();
    await expect(useTopics(database.pool, 'a.')).rejects.toThrow('the topics a.* are those of the system that this database was restored from');
    await expect(useTopics(database.pool, 'b.')).resolves.toBeUndefined();
  });
});
