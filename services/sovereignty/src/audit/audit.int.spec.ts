import { auditLogEvents, nodeEvents, type ContextName } from '@pioche/contracts';
import { plusSeconds } from '@pioche/kernel';
import { startForTest, type Client, type ServiceUnderTest } from '@pioche/testing/service';
import { AUDIT_LOG } from '../audit-log/audit-log.js';
import { SovereigntyModule } from '../sovereignty.module.js';
import { person } from '../../test/custodian.js';
import { openCheckpoint } from './checkpoint.js';
import { leafHash } from './merkle.js';
import { parseVerifierKey } from './note.js';
import { consistent, decode, verifyTlogProof, type ConsistencyProof, type InclusionProof } from './proof.js';
import { verifyInclusion } from './verify.js';

const OTHERS = ['inventory', 'scheduling', 'billing', 'lab'] as const;
const drained = { type: 'NodeDrainStarted', data: nodeEvents.events.NodeDrainStarted.example };

interface Entry { index: number; event_id: string; context: ContextName; position: number; tenant?: string }
interface Checkpoint { size: number; root: string; note: string; origin: string; verifier_key: string }

describe('the audit log, over HTTP', () => {
  let service: ServiceUnderTest;
  let auditor: Client;

  beforeAll(async () => {
    service = await startForTest(SovereigntyModule, { logs: OTHERS });
    auditor = service.as('auditor');
  });
  afterAll(async () => service?.stop());

  const register = async (name: string) =>
    (await service.as('operator').done('/tenants', { name, country: 'FR', data_classes: ['internal'], custodians: [person(name).proposed], quorum: 1 })).id;
  const happen = (n: number, tenant?: string) => service.happened('inventory', `node_${n}`, [drained], tenant === undefined ? {} : { tenant });
  const get = async <T>(path: string) => (await auditor.get<T>(path)).body;
  const entryAt = async (context: ContextName, position: number) => (await get<{ items: Entry[] }>(`/audit/entries?context=${context}&position=${position}`)).items[0];
  const sign = async () => {
    await service.settled();
    await service.as('operator').done('/audit/checkpoints:sign');
    await service.settled();
    return get<Checkpoint>('/audit/checkpoint');
  };
  /** The events as they were published, in the order of their log. */
  const published = async (context: ContextName) =>
    (context === 'sovereignty' ? service.service.store : service.log(context))?.readRaw({ after: 0, limit: 10_000 }) ?? [];

  it('has every event of every context as a leaf, whatever it is', async () => {
    for (let n = 0; n < 300; n += 1) await happen(n % 7);
    await register('Leaves');
    await service.settled();
    const { size, leaves } = await get<{ size: number; leaves: Record<ContextName, number> }>('/audit/totals');
    for (const context of [...OTHERS, 'sovereignty'] as const) expect([context, leaves[context]]).toEqual([context, (await published(context)).length]);
    expect(await get('/audit/verify')).toMatchObject({ size, verified: true });
  });

  it('proves that an event is in it, to whoever has the event, the proof and the key', async () => {
    const { note, size, verifier_key } = await sign();
    const key = parseVerifierKey(verifier_key);
    expect(openCheckpoint(note, key).size).toBe(size);
    for (const { json, position } of (await published('inventory')).filter((_, n) => n % 60 === 0)) {
      const entry = await entryAt('inventory', position);
      const proof = await get<InclusionProof>(`/audit/proofs/inclusion?event_id=${entry?.event_id}`);
      expect(proof).toMatchObject({ index: entry?.index, size, checkpoint: note, leaf_hash: leafHash(json).toString('base64') });
      expect(verifyInclusion(leafHash(json), proof.index, proof.size, proof.path.map(decode), decode(proof.root))).toBe(true);
      const file = await auditor.get(`/audit/proofs/inclusion.tlog-proof?event_id=${entry?.event_id}`);
      expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(verifyTlogProof(file.bytes.toString(), json, key)).toBe(true);
      expect(verifyTlogProof(file.bytes.toString(), json.replace('NodeDrainStarted', 'NodeRetired'), key)).toBe(false);
    }
  });

  it('proves that it has only grown since an earlier checkpoint', async () => {
    const earlier = await sign();
    await happen(1);
    const later = await sign();
    const proof = await get<ConsistencyProof>(`/audit/proofs/consistency?from=${earlier.size}`);
    expect(proof).toMatchObject({ first: earlier.size, first_root: earlier.root, second: later.size, second_root: later.root });
    expect(consistent(proof)).toBe(true);
    expect(await auditor.get(`/audit/proofs/consistency?from=${later.size}&to=${earlier.size}`)).toMatchObject({ status: 422, body: { code: 'tree-size-unknown' } });
    const sizes = (await get<{ items: Checkpoint[] }>('/audit/checkpoints')).items.map(({ size }) => size);
    expect(sizes).toEqual(expect.arrayContaining([earlier.size, later.size]));
  });

  it('says when an event is newer than the checkpoint, and when there is no such checkpoint', async () => {
    const { size } = await sign();
    await happen(2);
    await service.settled();
    const entry = await entryAt('inventory', (await published('inventory')).at(-1)?.position ?? 0);
    const path = `/audit/proofs/inclusion?event_id=${entry?.event_id}`;
    expect(await auditor.get(path)).toMatchObject({ status: 409, body: { code: 'not-in-checkpoint', details: { size } } });
    expect(await auditor.get(`${path}&size=${size - 1}`)).toMatchObject({ status: 404, body: { code: 'checkpoint-unknown' } });
  });

  it('shows a tenant its own entries only, and proves no other', async () => {
    const [ours, theirs] = [await register('Ours'), await register('Theirs')];
    await happen(3, theirs);
    await service.settled();
    await sign();
    const own = (await service.as('tenant_admin', ours).get<{ items: Entry[] }>('/audit/entries')).body.items;
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map(({ tenant }) => tenant))).toEqual(new Set([ours]));
    const foreign = await entryAt('inventory', (await published('inventory')).at(-1)?.position ?? 0);
    for (const [admin, status] of [[ours, 404], [theirs, 200]] as const) {
      expect((await service.as('tenant_admin', admin).get(`/audit/proofs/inclusion?event_id=${foreign?.event_id}`)).status).toBe(status);
    }
    expect((await service.as('tenant_admin', ours).get<{ size: number }>('/audit/totals')).body.size).toBe(own.length);
    expect((await service.as('tenant_admin', ours).get('/audit/verify')).status).toBe(403);
  });

  it('commits itself every five minutes in which something has come in, but not to its own commitment', async () => {
    await happen(4);
    await service.settled();
    const count = async () => (await service.service.store.read(AUDIT_LOG)).length;
    const fiveMinutes = async () => {
      service.advance(plusSeconds(service.now, 300));
      await service.settled();
      return count();
    };
    const before = await count();
    expect([await fiveMinutes(), await fiveMinutes(), await fiveMinutes()]).toEqual([before + 1, before + 1, before + 1]);
    await happen(5);
    await service.settled();
    expect(await fiveMinutes()).toBe(before + 2);
  });

  it('is read by tools for C2SP tlog-tiles', async () => {
    const { note } = await sign();
    expect((await auditor.get('/audit/log/checkpoint')).bytes.toString()).toBe(note);
    const whole = await auditor.get('/audit/log/tile/0/000');
    expect([whole.headers.get('content-type'), whole.bytes.length]).toEqual(['application/octet-stream', 256 * 32]);
    expect((await auditor.get('/audit/log/tile/0/000.p/5')).bytes).toEqual(whole.bytes.subarray(0, 5 * 32));
    expect((await auditor.get('/audit/log/tile/1/000.p/1')).bytes.length).toBe(32);
    for (const missing of ['0/999', '0/x001/000', '0/00', '1/000']) expect([missing, (await auditor.get(`/audit/log/tile/${missing}`)).status]).toEqual([missing, 404]);
  });

  it('is the same after the process was killed, and after everything was delivered once more', async () => {
    const before = await sign();
    const verified = await get('/audit/verify');
    await service.restart();
    await service.settled();
    expect(await get('/audit/verify')).toEqual(verified);
    expect(await get('/audit/checkpoint')).toEqual(before);

    await service.service.stop();
    await service.database.pool.query(`DELETE FROM checkpoints WHERE consumer = 'audit'`);
    await service.start();
    await service.settled();
    expect(await get('/audit/verify')).toEqual(verified);
    await happen(6);
    expect((await sign()).size).toBe(before.size + 2);
  });

  it('is found out when somebody changes a leaf behind its back', async () => {
    await service.database.pool.query('UPDATE audit_tiles SET hashes = overlay(hashes PLACING $1::bytea FROM 33 FOR 32) WHERE level = 0 AND index = 0', [leafHash('forged')]);
    expect(await get('/audit/verify')).toMatchObject({ verified: false });
  });

  it('publishes what it signs', async () => {
    const [last] = (await service.service.store.read(AUDIT_LOG)).slice(-1);
    expect(auditLogEvents.events.AuditCheckpointSigned.data.safeParse(last?.data).success).toBe(true);
  });
});
