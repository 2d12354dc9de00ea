/**
 * A database that a newer release has migrated. What was added does not concern an older one; what was taken away it
 * cannot do without. A migration that takes away says so, and the database remembers it:
 *
 *     export class DropRackNames1800000000101 implements MigrationInterface { static readonly contracts = '0.3.0'; … }
 */
import type pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { VERSION } from './version.js';

export interface MigrationClass {
  new (): MigrationInterface;
  /** It takes away what releases before this one need. Run it when none of those runs any more. */
  readonly contracts?: string;
}

export const migrationName = (Migration: MigrationClass): string => new Migration().name ?? Migration.name;

/** The same migration; one that contracts is written down in its own transaction. */
export function remembered(Migration: MigrationClass): MigrationClass {
  const { contracts } = Migration;
  if (contracts === undefined) return Migration;
  const name = migrationName(Migration);
  return class extends Migration {
    override readonly name = name;
    override async up(runner: QueryRunner): Promise<void> {
      await super.up(runner);
      await runner.query('INSERT INTO contractions (migration, release) VALUES ($1, $2)', [name, contracts]);
    }
    override async down(runner: QueryRunner): Promise<void> {
      await super.down(runner);
      await runner.query('DELETE FROM contractions WHERE migration = $1', [name]);
    }
  };
}

/** This release is too old for its database. */
export class ContractedError extends Error {
  override readonly name = 'ContractedError';
}

/**
 * Migrations that have been run and that this code does not know.
 * @param client as the role that owns the schema @param known names of this code's migrations
 * @throws ContractedError when one of them has taken away what this release needs
 */
export async function migrationsAhead(client: Pick<pg.Client, 'query'>, known: readonly string[]): Promise<string[]> {
  const { rows: [there] } = await client.query<{ run: boolean; contracted: boolean }>(`SELECT to_regclass('public.migrations') IS NOT NULL AS run, to_regclass('public.contractions') IS NOT NULL AS contracted`);
  if (there?.run !== true) return [];
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations WHERE name <> ALL ($1) ORDER BY id', [known]);
  const contracted = there.contracted ? await client.query<{ migration: string; release: string }>('SELECT migration, release FROM contractions WHERE migration <> ALL ($1) ORDER BY migration', [known]) : { rows: [] };
  const last = contracted.rows.at(-1);
  if (last) throw new ContractedError(`${last.migration} has taken away what this release (${VERSION}) needs: run release ${last.release} or a later one, or restore a backup from before`);
  return rows.map(({ name }) => name);
}
