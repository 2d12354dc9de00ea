import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { ContextDeclaration } from './context.js';
import { migrateDatabase } from './migrating.js';

class AddFloors1800000000101 implements MigrationInterface {
  readonly name = 'AddFloors1800000000101';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE floors (name text PRIMARY KEY, old_name text)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE floors');
  }
}

class DropOldNames1800000000102 implements MigrationInterface {
  static readonly contracts = '0.3.0';
  readonly name = 'DropOldNames1800000000102';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE floors DROP COLUMN old_name');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE floors ADD COLUMN old_name text');
  }
}

const release = (migrations: ContextDeclaration['migrations'], rights: readonly ('SELECT' | 'INSERT')[] = ['SELECT']): ContextDeclaration => ({
  name: 'inventory', aggregates: [], readModels: [], errors: {}, migrations: migrations ?? [], tables: { floors: { service: rights } },
});
const first = release([AddFloors1800000000101]);
const second = release([AddFloors1800000000101, class AddNothing1800000000103 implements MigrationInterface {
  readonly name = 'AddNothing1800000000103';
  async up(): Promise<void> {}
  async down(): Promise<void> {}
}], ['SELECT', 'INSERT']);
const third = release([AddFloors1800000000101, DropOldNames1800000000102]);

describe('an older release on the database of a newer one', () => {
  let database: FreshDatabase;
  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(() => database.drop());

  const logins = () => ({ databaseUrl: database.urls.service, databaseOwnerUrl: database.urls.owner, databaseReaderUrl: database.urls.reader });

  it('starts where something was added, and leaves the rights as the newer one has given them', async () => {
    await migrateDatabase(first, logins());
    await migrateDatabase(second, logins());
    expect(await migrateDatabase(first, logins())).toBe(0);
    const { rows } = await database.pool.query(`SELECT has_table_privilege($1, 'floors', 'INSERT') AS may`, [new URL(logins().databaseUrl).username]);
    expect(rows).toEqual([{ may: true }]);
  });

  it('refuses where something was taken away that it needs, and says what and since when', async () => {
    await migrateDatabase(first, logins());
    expect(await migrateDatabase(third, logins())).toBe(1);
    await expect(migrateDatabase(first, logins())).rejects.toThrow(/DropOldNames1800000000102 has taken away what this release \(.*\) needs: run release 0\.3\.0 or a later one/);
    expect(await migrateDatabase(third, logins())).toBe(0);
  });
});
