/**
 * A rolling upgrade from one release to the next and back, under load, on real PostgreSQL and Kafka. Both are made here,
 * from copies of this tree.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithKafka } from '@pioche/testing';
import { Copy, type Change } from '../../../scripts/mutations/copy.mjs';
import { EXPAND, MIGRATE, VERSIONS } from './upgrade/releases.js';

const MINUTES = 60_000;
/** Of what it said, when it fails. */
const SHOWN = 12_000;

interface Figures {
  readonly requests: number;
  readonly p99: number;
  readonly longestGap: number;
}

/** What `upgrade.js` says last. */
interface Seen {
  readonly line: string;
  readonly holds: boolean;
  readonly failures: readonly string[];
  readonly figures: Readonly<Record<'before' | 'there' | 'back', Figures>>;
  readonly versions: Readonly<Record<string, number>>;
  readonly rolled: readonly { readonly context: string; readonly versions: readonly string[] }[];
  readonly newReadModel: { readonly generations: readonly string[]; readonly filled: readonly { readonly rows: string }[] };
  readonly oldReadModel: readonly string[];
}

function release(folder: string, ...changes: readonly (readonly Change[])[]): string {
  const copy = new Copy(folder);
  copy.build();
  for (const some of changes) copy.change(some);
  return copy.folder;
}

async function upgrade(dataDir: string, now: string, next: string): Promise<Seen> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(now, 'services/platform/dist/upgrade.js'), dataDir, now, next], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const status = await new Promise<number | null>((done) => child.once('exit', done));
  const last = said.trimEnd().split('\n').findLast((line) => line.startsWith('{'));
  if (last === undefined) throw new Error(`status ${status}:\n${said.slice(-SHOWN)}`);
  const seen = JSON.parse(last) as Seen;
  if (!seen.holds) process.stdout.write(`${said.slice(-SHOWN)}\n`);
  return seen;
}

describeWithKafka('a rolling upgrade under load, and back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-upgrade-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('loses nothing, and no client sees a failure', async () => {
    const [now, next] = [release(join(folder, 'this'), EXPAND), release(join(folder, 'next'), EXPAND, MIGRATE)];
    const data = join(folder, 'data');
    const seen = await upgrade(data, now, next);
    process.stdout.write(`upgrade: ${JSON.stringify(seen.figures)}, events by version ${JSON.stringify(seen.versions)}; ${seen.line}\n`);

    expect(seen.failures).toEqual([]);
    expect(seen.line).toMatch(/^chaos: [1-9]\d* commands acknowledged, 0 lost, 0 doubled, .* every check holds$/);
    // Each replica of each context really was another release, both ways.
    const both = (version: string) => [version, version];
    const replaced = (contexts: readonly string[], version: string) => contexts.map((context) => ({ context, versions: both(version) }));
    expect(seen.rolled).toMatchObject([
      ...replaced(['lab', 'billing', 'scheduling', 'inventory'], VERSIONS.migrate),
      ...replaced(['inventory', 'lab', 'billing', 'scheduling'], VERSIONS.expand),
    ]);
    expect(Object.keys(seen.versions)).toEqual(['1', '2']);
    // The new read model was live and had the new field; going back, the old one went on from where it was left.
    expect(seen.newReadModel.generations).toContain('node_view v2.1 live');
    expect(Number(seen.newReadModel.filled[0]?.rows)).toBeGreaterThan(0);
    expect(seen.oldReadModel).toEqual(['node_view v1.1 live', 'node_view v2.1 retired']);
    // The earlier release, started on the newer one's database, says so.
    const logs = join(data, 'logs');
    const ahead = readdirSync(logs).filter((file) => readFileSync(join(logs, file), 'utf8').includes('NoteUsages1800000000202'));
    expect(ahead.map((file) => file.replace(/-\d+\.log$/, ''))).toEqual(['billing-this', 'billing-this']);
  }, 30 * MINUTES);
});
