import { isolated } from '@pioche/projections';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The tree on disk. Its hashes stand in tiles (C2SP tlog-tiles): tile (level, index) has up to 256 hashes, those of the
 * complete subtrees of 256^level leaves; nodes between two levels follow from at most 255 hashes of one tile.
 * So a leaf costs one row, and a batch one row per tile it touches.
 */
export class CreateAuditTree1790000000301 implements MigrationInterface {
  readonly name = 'CreateAuditTree1790000000301';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_tree (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        size bigint NOT NULL,
        roots bytea NOT NULL
      )`);
    await runner.query(`INSERT INTO audit_tree (size, roots) VALUES (0, '')`);
    await runner.query(`
      CREATE TABLE audit_tiles (
        level smallint NOT NULL,
        index bigint NOT NULL,
        hashes bytea STORAGE EXTERNAL NOT NULL CHECK (length(hashes) <= 256 * 32),
        PRIMARY KEY (level, index)
      )`);
    await runner.query(`
      CREATE TABLE audit_leaves (
        index bigint PRIMARY KEY,
        context text NOT NULL,
        position bigint NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        type text NOT NULL,
        subject text COLLATE "C" NOT NULL,
        tenant text COLLATE "C",
        at timestamptz NOT NULL
      )`);
    await runner.query('CREATE UNIQUE INDEX audit_leaves_event_id ON audit_leaves (event_id)');
    await runner.query('CREATE INDEX audit_leaves_place ON audit_leaves (context, position)');
    await runner.query('CREATE INDEX audit_leaves_tenant ON audit_leaves (tenant, index) WHERE tenant IS NOT NULL');
    for (const statement of isolated('audit_leaves', 'own')) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_leaves, audit_tiles, audit_tree');
  }
}

/** Who does what with these, as GRANT has it: a leaf is never changed. Who asks sees the leaves of its tenant. */
export const auditRights = {
  audit_tree: { service: ['SELECT', 'UPDATE'] },
  audit_tiles: { service: ['SELECT', 'INSERT', 'UPDATE'] },
  audit_leaves: { service: ['SELECT', 'INSERT'], reader: ['SELECT'] },
} as const;
