/**
 * How fast the audit tree grows, in memory beside plain hashing of the same leaves, and in PostgreSQL beside a bare
 * insert of their ids and hashes; and how fast it proves, beside an empty query.
 */
import { append, appendLeaves, AuditTree, CreateAuditTree1790000000301, EMPTY, leafHashes, type NewLeaf } from '@pioche/sovereignty';
import { freshDatabase } from '@pioche/testing';
import { hash } from 'node:crypto';
import { report, seconds } from './report.js';

const BATCH = 2_000;
const ROUNDS = 5;
const PROOFS = 1_000;

const leafAt = (n: number): NewLeaf => {
  const leaf = JSON.stringify({ specversion: '1.0', id: `evt_${n}`, type: 'fr.pioche.scheduling.JobPlaced.v1', subject: `job_${n}`, data: { n, filler: 'x'.repeat(380) } });
  return { leaf, context: 'scheduling', position: n + 1, eventId: `evt_${n}`, type: 'JobPlaced', subject: `job_${n}`, tenant: 'tenant_a', at: '2026-11-17T09:00:00.000Z' };
};
const batches = Array.from({ length: 100 }, (_, b) => Array.from({ length: BATCH }, (_, i) => leafAt(b * BATCH + i)));
const texts = batches.map((batch) => batch.map(({ leaf }) => leaf));
const leaves = batches.length * BATCH;

const plain: number[] = [];
const tree: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  plain.push(await seconds(async () => texts.forEach((batch) => batch.forEach((leaf) => hash('sha256', leaf, 'buffer')))));
  tree.push(await seconds(async () => void texts.reduce((frontier, batch) => append(frontier, leafHashes(batch)).frontier, EMPTY)));
}
report({ bench: 'audit-append', value: leaves / Math.min(...tree), unit: 'leaves/s', reference: 'SHA-256 of the same leaves, no tree', reference_value: leaves / Math.min(...plain) });

const database = await freshDatabase([CreateAuditTree1790000000301]);
const db = await database.pool.connect();
await db.query('CREATE TABLE bare (event_id text COLLATE "C" PRIMARY KEY, hash bytea NOT NULL)');

/** Leaves per second, a transaction per batch. */
async function rate(write: (batch: readonly NewLeaf[]) => Promise<unknown>): Promise<number> {
  const spent = await seconds(async () => {
    for (const batch of batches) {
      await db.query('BEGIN');
      await write(batch);
      await db.query('COMMIT');
    }
  });
  return leaves / spent;
}

const bare = await rate((batch) =>
  db.query('INSERT INTO bare SELECT * FROM unnest($1::text[], $2::bytea[])', [
    batch.map(({ eventId }) => eventId),
    batch.map(({ leaf }) => hash('sha256', leaf, 'buffer')),
  ]),
);
const stored = await rate((batch) => appendLeaves(db, batch));
report({ bench: 'audit-append-postgres', value: stored, unit: 'leaves/s', reference: 'bare insert of ids and hashes', reference_value: bare });

const audit = new AuditTree(db);
const proving = await seconds(async () => {
  for (let i = 0; i < PROOFS; i += 1) await audit.inclusionPath((i * 7919) % leaves, leaves);
});
const asking = await seconds(async () => {
  for (let i = 0; i < PROOFS; i += 1) await db.query('SELECT 1');
});
report({ bench: 'audit-inclusion-proof', leaves, value: PROOFS / proving, unit: 'proofs/s', reference: 'an empty query', reference_value: PROOFS / asking });

db.release();
await database.drop();
