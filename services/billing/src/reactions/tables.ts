/** What billing's own consumers remember, written with their checkpoints. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  // Usages that are open as far as metering has read: what a midnight has to cut.
  `CREATE TABLE open_usages (usage text COLLATE "C" PRIMARY KEY, opened_at text COLLATE "C" NOT NULL)`,
  // Instants as text, which compare as they are: how far scheduling's events have come, and the last midnight that was cut.
  `CREATE TABLE metering (consumer text PRIMARY KEY, seen text COLLATE "C" NOT NULL, cut text COLLATE "C" NOT NULL)`,
  // What budgets are watched against; a project of '' is none.
  `CREATE TABLE spending (
    tenant text COLLATE "C" NOT NULL, project text COLLATE "C" NOT NULL, month text COLLATE "C" NOT NULL, nano numeric(38, 0) NOT NULL,
    PRIMARY KEY (tenant, month, project)
  )`,
];

export class CreateMetering1790000000201 implements MigrationInterface {
  readonly name = 'CreateMetering1790000000201';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE spending, metering, open_usages');
  }
}

export const billingMigrations = [CreateMetering1790000000201];

/** What the service does with these, as GRANT has it. */
export const billingRights = {
  open_usages: { service: ['SELECT', 'INSERT', 'DELETE'] },
  metering: { service: ['SELECT', 'INSERT', 'UPDATE'] },
  spending: { service: ['SELECT', 'INSERT', 'UPDATE'] },
} as const;
