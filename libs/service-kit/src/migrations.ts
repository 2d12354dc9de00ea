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

export const serviceKitMigrations = [CreateServiceKit1790000000003];
