/** A backup taken while a simulated day runs, and one after it: restored into empty systems that are the same, and go on. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { AuditTree } from '@pioche/sovereignty';
import { kafkaBrokers, postgresUrl } from '@pioche/testing';
import pg from 'pg';
import { readManifest, type Manifest } from '../src/backup/manifest.js';
import { PlatformProgram, smallTrace } from './program.js';
import { runTool } from './tool.js';

const LIMIT = 300_000;

const original = new PlatformProgram('main');
const DAY = ['--jobs', smallTrace(original.folder), '--format', 'philly', '--days', '1', '--once'];
const within = join(original.folder, 'within');
const after = join(original.folder, 'after');
const others: PlatformProgram[] = [];
const another = (): PlatformProgram => {
  const program = new PlatformProgram('main');
  others.push(program);
  return program;
};
afterAll(async () => {
  for (const program of [original, ...others]) await program.remove();
}, LIMIT);

const backUp = (program: PlatformProgram, to: string) => runTool('backup', ['--to', to, '--data-dir', program.dataDir]);
const restoring = (from: string, program: PlatformProgram, ...more: string[]) => ['--from', from, '--data-dir', program.dataDir, ...more];
const restore = (...of: Parameters<typeof restoring>) => runTool('restore', restoring(...of));

/** Of an installation's databases, as the administrator. */
async function inDatabase<T>(program: PlatformProgram, context: ContextName, look: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const { id } = JSON.parse(readFileSync(join(program.dataDir, 'installation.json'), 'utf8')) as { id: string };
  const pool = new pg.Pool({ connectionString: Object.assign(new URL(postgresUrl()), { pathname: `/pioche_${id}_${context}` }).href });
  try {
    return await look(pool);
  } finally {
    await pool.end();
  }
}

/** Of all events of a context as they are published, up to a position. */
const digestOf = (program: PlatformProgram, context: ContextName, head: number): Promise<string> =>
  inDatabase(program, context, async (pool) => {
    const store = new EventStore({ pool, context, groups: [] });
    const hash = createHash('sha256');
    for (let at = 0; ; ) {
      const events = (await store.readRaw({ after: at, limit: 5_000 })).filter(({ position }) => position <= head);
      for (const { json } of events) hash.update(`${json}\n`);
      const last = events.at(-1);
      if (!last) break;
      at = last.position;
    }
    await store.close();
    return hash.digest('hex');
  });

const ended = async (program: PlatformProgram): Promise<void> => {
  const status = await program.ended();
  if (status !== 0) throw new Error(`status ${status}:\n${program.said}`);
};

describe('a backup', () => {
  let during: Manifest;
  let end: Manifest;

  beforeAll(async () => {
    await original.start(DAY);
    await original.untilSaid(/tenants are open/, LIMIT);
    await new Promise((wake) => setTimeout(wake, 2_000));
    const taken = await backUp(original, within);
    if (taken.status !== 0) throw new Error(taken.said);
    expect(original.running).toBe(true);
    during = readManifest(within).manifest;
    // No command of the scenario has failed: any that does ends it.
    await ended(original);
    expect(original.reconciliation().agrees).toBe(true);
    const last = await backUp(original, after);
    process.stdout.write(`${taken.said}${last.said}`);
    expect(last.status).toBe(0);
    end = readManifest(after).manifest;
  }, LIMIT);

  it('that was taken while the day ran is one cut, and the day goes on from it to the same end', async () => {
    const restored = another();
    const { status, said } = await restore(within, restored);
    process.stdout.write(said);
    expect({ status, said }).toMatchObject({ status: 0 });
    expect(during.contexts.scheduling.head).toBeGreaterThan(0);
    expect(during.contexts.scheduling.head).toBeLessThan(end.contexts.scheduling.head);
    for (const context of CONTEXTS) {
      const { head, events } = during.contexts[context];
      expect(await digestOf(restored, context, Infinity)).toBe(await digestOf(original, context, head));
      const checkpoints = await inDatabase(restored, context, async (pool) => (await pool.query<{ source: ContextName; position: number }>('SELECT source, position::float8 AS position FROM checkpoints')).rows);
      expect(checkpoints.length).toBeGreaterThan(0);
      for (const { source, position } of checkpoints) expect(position).toBeLessThanOrEqual(during.contexts[source].head);
      const next = await inDatabase(restored, context, (pool) => pool.query<{ next: string }>(`SELECT nextval(pg_get_serial_sequence('events', 'position')) AS next`));
      expect([context, Number(next.rows[0]?.next), events]).toEqual([context, head + 1, events]);
    }
    const { size, root } = during.audit;
    expect(size).toBeGreaterThan(0);
    expect(await inDatabase(original, 'sovereignty', async (pool) => (await new AuditTree(pool).root(size)).toString('base64'))).toBe(root);
    expect(await inDatabase(restored, 'sovereignty', async (pool) => (await new AuditTree(pool).head()).root.toString('base64'))).toBe(root);

    await restored.start(DAY);
    await ended(restored);
    const [before, now] = [original.reconciliation(), restored.reconciliation()];
    expect(now.agrees).toBe(true);
    // What a failure hits may be another job, for the nodes begin anew: but every job has come to its end.
    const jobs = (report: typeof now): number => Object.values(report.statements.scheduling.jobs).reduce((sum, count) => sum + count, 0);
    expect(jobs(now)).toBe(jobs(before));
  }, LIMIT);

  // The distributed shape needs Kafka, and finds new topics there.
  it.each(kafkaBrokers() ? (['main', 'distributed'] as const) : (['main'] as const))('that was taken after it gives the same reconciliation and the same root of the audit log, %s', async (shape) => {
    const restored = new PlatformProgram(shape);
    others.push(restored);
    const { status, said } = await restore(after, restored);
    expect({ status, said }).toMatchObject({ status: 0 });
    await restored.start(DAY);
    await ended(restored);
    expect(restored.said).toContain('This run is finished');
    const [{ statements: before }, { agrees, statements: now }] = [original.reconciliation(), restored.reconciliation()];
    expect(agrees).toBe(true);
    expect(now).toEqual(before);
    expect([now.audit.size, now.audit.root]).toEqual([end.audit.size, end.audit.root]);
    // The same secret: what was signed before is verified by the key that the restored log names.
    expect(restored.secret()).toBe(original.secret());
  }, LIMIT);

  it('that was cut off leaves nothing that a restore would take', async () => {
    const to = join(original.folder, 'cut-off');
    const parts = () => readdirSync(original.folder).filter((name) => name.startsWith('cut-off'));
    const { status: killed } = await runTool('backup', ['--to', to, '--data-dir', original.dataDir], () => parts().length > 0);
    expect(killed).toBe(137);
    expect(existsSync(to)).toBe(false);
    expect(parts()).toHaveLength(1);
    for (const part of parts()) {
      const { status, said } = await restore(join(original.folder, part), another(), '--new-key');
      expect(status).toBe(1);
      expect(said).toContain('is no backup, or one that was cut off');
    }
  }, LIMIT);

  it('that is restored and cut off leaves an installation that does not start, and is restored by the same command', async () => {
    const restored = another();
    const first = await runTool('restore', restoring(after, restored), (said) => said.includes('Building the read models'));
    expect(first.status).toBe(137);
    await restored.start(['--once']);
    expect(await restored.ended()).toBe(1);
    expect(restored.said).toContain('is half restored');
    const { status, said } = await restore(after, restored);
    expect({ status, said }).toMatchObject({ status: 0 });
    for (const context of CONTEXTS) expect(await digestOf(restored, context, Infinity)).toBe(await digestOf(original, context, end.contexts[context].head));
  }, LIMIT);

  describe('is refused', () => {
    const damaged = join(original.folder, 'damaged');
    beforeEach(() => {
      rmSync(damaged, { recursive: true, force: true });
      cpSync(after, damaged, { recursive: true });
      cpSync(`${after}.key`, `${damaged}.key`);
    });
    const refused = async (into = another()) => {
      const { status, said } = await restore(damaged, into);
      expect(status).toBe(1);
      expect(said.trim()).not.toMatch(/^\s+at /m);
      return said;
    };
    it('without its key, or with another one', async () => {
      writeFileSync(`${damaged}.key`, 'f'.repeat(64));
      expect(await refused()).toContain('is not the one that this backup was taken with');
      rmSync(`${damaged}.key`);
      expect(await refused()).toContain('--new-key');
    });

    it('by a system that is not empty, which is named with what it holds', async () => {
      const total = CONTEXTS.reduce((sum, context) => sum + end.contexts[context].events, 0);
      expect(await refused(original)).toContain(`${original.dataDir} holds an installation with ${total} events`);
      const { id } = JSON.parse(readFileSync(join(original.dataDir, 'installation.json'), 'utf8')) as { id: string };
      const databases = CONTEXTS.flatMap((context) => ['--database', `${context}=${Object.assign(new URL(postgresUrl()), { pathname: `/pioche_${id}_${context}` }).href}`]);
      const { status, said } = await runTool('restore', ['--from', damaged, ...databases]);
      expect(status).toBe(1);
      for (const context of CONTEXTS) expect(said).toContain(`pioche_${id}_${context} holds ${end.contexts[context].events} events`);
    });
  });
});
