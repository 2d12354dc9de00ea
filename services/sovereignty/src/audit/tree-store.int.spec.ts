import { cloudEventText, parseCloudEventHead } from '@pioche/contracts';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { AuditHandler } from './audit-handler.js';
import { leafHash } from './merkle.js';
import { CreateAuditTree1790000000301 } from './migration.js';
import { AuditTree } from './tree-store.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

const event = (n: number) =>
  cloudEventText({
    context: n % 2 ? 'billing' : 'inventory',
    position: n + 1,
    stream: `node_${n}`,
    version: 1,
    eventId: `evt_${n}`,
    type: 'NodeRacked',
    schemaVersion: 1,
    dataJson: `{"rack": "é ${n}"}`,
    time: '2026-11-17T09:00:00.000Z',
    recordedTime: '2026-11-17T09:00:00.000Z',
    meta: { actor: 'test', correlationId: 'c', causationId: 'c', ...(n % 3 ? { tenant: 'tenant_a' } : {}) },
  });

describe('the audit tree in PostgreSQL', () => {
  let database: FreshDatabase;
  let tree: AuditTree;

  beforeAll(async () => {
    database = await freshDatabase([CreateAuditTree1790000000301]);
    tree = new AuditTree(database.pool);
  });
  afterAll(async () => database.drop());

  /** Events `from` (included) to `to`, as a bus would deliver them. */
  async function deliver(from: number, to: number, end: 'COMMIT' | 'ROLLBACK' = 'COMMIT') {
    const batch = Array.from({ length: to - from }, (_, i) => {
      const raw = event(from + i);
      const head = parseCloudEventHead(raw);
      return { raw, head, source: head.context, position: head.position };
    });
    const tx = await database.pool.connect();
    try {
      await tx.query('BEGIN');
      await new AuditHandler().handle(batch, tx);
      await tx.query(end);
    } finally {
      tx.release();
    }
  }

  it('is empty at first', async () => {
    expect((await tree.head()).root.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(await tree.root(0)).toEqual((await tree.head()).root);
    await expect(tree.root(1)).rejects.toThrow(RangeError);
  });

  it('grows by batches across tiles, and proves every leaf in every tree it has been', async () => {
    const heads = [];
    for (const [from, to] of [[0, 1], [1, 3], [3, 255], [255, 256], [256, 257], [257, 1000], [1000, 1300]] as const) {
      await deliver(from, to);
      heads.push(await tree.head());
    }
    expect(heads.map(({ size }) => size)).toEqual([1, 3, 255, 256, 257, 1000, 1300]);

    for (const { size, root } of heads) {
      expect(await tree.root(size)).toEqual(root);
      for (const index of new Set([0, size >> 1, size - 1, Math.min(size - 1, 255), Math.min(size - 1, 256)])) {
        expect(verifyInclusion(leafHash(event(index)), index, size, await tree.inclusionPath(index, size), root)).toBe(true);
      }
      for (const earlier of heads.filter((head) => head.size <= size)) {
        const path = await tree.consistencyPath(earlier.size, size);
        expect(verifyConsistency(earlier.size, size, earlier.root, root, path)).toBe(true);
      }
    }
    expect((await tree.tile(0, 5))?.length).toBe((1300 - 5 * 256) * 32);
    expect((await tree.tile(1, 0))?.length).toBe(5 * 32);
    expect(await tree.tile(2, 0)).toBeUndefined();
  });

  it('takes an event that is delivered again once', async () => {
    const before = await tree.head();
    await deliver(1290, 1300);
    expect(await tree.head()).toEqual(before);
    await deliver(1295, 1305);
    expect((await tree.head()).size).toBe(1305);
    expect(await tree.leafOf('evt_1304')).toMatchObject({ index: 1304 });
    expect(await tree.leafHash(1304)).toEqual(leafHash(event(1304)));
  });

  it('keeps nothing of a transaction that fails', async () => {
    const before = await tree.head();
    await deliver(1305, 1400, 'ROLLBACK');
    expect(await tree.head()).toEqual(before);
    expect(await tree.leafOf('evt_1305')).toBeUndefined();
  });

  it('gives two writers at once each its own indexes', async () => {
    await Promise.all([deliver(1305, 1320), deliver(1320, 1330), deliver(1305, 1330)]);
    const { size, root } = await tree.head();
    expect(size).toBe(1330);
    const leaf = await tree.leafOf('evt_1325');
    expect(verifyInclusion(leafHash(event(1325)), leaf?.index ?? -1, size, await tree.inclusionPath(leaf?.index ?? 0, size), root)).toBe(true);
  });

  it('knows which event a leaf is', async () => {
    expect(await tree.leafOf('evt_4')).toEqual({
      index: 4,
      context: 'inventory',
      position: 5,
      eventId: 'evt_4',
      type: 'NodeRacked',
      subject: 'node_4',
      tenant: 'tenant_a',
      at: '2026-11-17T09:00:00.000Z',
    });
    expect((await tree.leavesFrom(2, 2)).map(({ eventId }) => eventId)).toEqual(['evt_2', 'evt_3']);
  });
});
