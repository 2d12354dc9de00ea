import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateServiceKit1790000000003 implements MigrationInterface {
  readonly name = 'CreateServiceKit1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE timers (name text PRIMARY KEY, last timestamptz NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE timers');
  }
}

export class CreateTopicPrefixes1790000000004 implements MigrationInterface {
  readonly name = 'CreateTopicPrefixes1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE topic_prefixes (prefix text PRIMARY KEY, former boolean NOT NULL DEFAULT false)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE topic_prefixes');
  }
}

/** See `contracting.ts`. */
export class CreateContractions1790000000005 implements MigrationInterface {
  readonly name = 'CreateContractions1790000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE contractions (migration text PRIMARY KEY, release text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE contractions');
  }
}

export const serviceKitMigrations = [CreateServiceKit1790000000003, CreateTopicPrefixes1790000000004, CreateContractions1790000000005];

/** What the service does with these, as GRANT has it. */
export const serviceKitRights = {
  timers: { service: ['SELECT', 'INSERT', 'UPDATE'] },
  topic_prefixes: { service: ['SELECT', 'INSERT'] },
  contractions: { service: ['SELECT'] },
} as const;
