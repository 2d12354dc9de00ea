import fc from 'fast-check';
import { foldWishes, needsOf } from './fold.js';
import { Key, type Row } from './key.js';
import { Rows, type Wish } from './rows.js';

interface Gpu {
  node: string;
  index: number;
  status: string;
  faults: number;
}

const key = new Key(['node', 'index']);
const node = fc.constantFrom('a', 'b');
const gpu = fc.record({ node, index: fc.integer({ min: 0, max: 2 }) });
const status = fc.constantFrom('free', 'busy', 'broken');

/** What a handler may say, on few keys so that they meet. */
const said: fc.Arbitrary<(rows: Rows<Gpu>) => void> = fc.oneof(
  fc.tuple(gpu, status).map(([key, status]) => (rows: Rows<Gpu>) => rows.put({ ...key, status, faults: 0 })),
  fc.tuple(gpu, status).map(([key, status]) => (rows: Rows<Gpu>) => rows.patch(key, { status })),
  fc.tuple(node, status).map(([node, status]) => (rows: Rows<Gpu>) => rows.patch({ node }, { status })),
  fc.tuple(status, status).map(([before, after]) => (rows: Rows<Gpu>) => rows.patch({ status: before }, (row) => ({ status: after, faults: row.faults * 2 + 1 }))),
  gpu.map((key) => (rows: Rows<Gpu>) => rows.upsert(key, { status: 'new', faults: 0 }, (row) => ({ faults: row.faults + 1 }))),
  gpu.map((key) => (rows: Rows<Gpu>) => rows.remove(key)),
  fc.record({ node, status }).map((which) => (rows: Rows<Gpu>) => rows.remove(which)),
);

/** A table that answers and is written only as the library would. */
class MemoryTable {
  readonly rows = new Map<string, Row>();

  apply(wishes: readonly Wish<Row>[]): void {
    const { keys, conditions } = needsOf(wishes);
    const asked = new Set(keys.map((row) => key.of(row)));
    const meets = (row: Row) => conditions.some((which) => Object.entries(which).every(([name, value]) => row[name] === value));
    const existing = [...this.rows].filter(([id, row]) => asked.has(id) || meets(row)).map(([, row]) => row);
    const { put, removed } = foldWishes(wishes, existing, key);
    for (const row of put) this.rows.set(key.of(row), row);
    for (const row of removed) this.rows.delete(key.of(row));
  }

  sorted(): Row[] {
    return [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }
}

function wishesOf(sayings: readonly ((rows: Rows<Gpu>) => void)[]): readonly Wish<Row>[] {
  const rows = new Rows<Gpu>(key);
  for (const say of sayings) say(rows);
  return rows.wishes as unknown[] as Wish<Row>[];
}

describe('a batch folded by key', () => {
  it('leaves the same rows as its events one by one, wherever it is cut', () =>
    fc.assert(
      fc.property(fc.array(said, { maxLength: 40 }), fc.array(fc.nat(39), { maxLength: 4 }), (sayings, cuts) => {
        const whole = new MemoryTable();
        const parts = new MemoryTable();
        const single = new MemoryTable();
        whole.apply(wishesOf(sayings));
        const edges = [0, ...cuts.sort((a, b) => a - b), sayings.length];
        for (const [i, edge] of edges.entries()) parts.apply(wishesOf(sayings.slice(edge, edges[i + 1])));
        for (const one of sayings) single.apply(wishesOf([one]));
        expect(whole.sorted()).toEqual(single.sorted());
        expect(parts.sorted()).toEqual(single.sorted());
      }),
      { numRuns: 500 },
    ));

  it('reads no row whose first event says what it is', () => {
    const wishes = wishesOf([
      (rows) => rows.put({ node: 'a', index: 0, status: 'free', faults: 0 }),
      (rows) => rows.patch({ node: 'a', index: 0 }, { status: 'busy' }),
      (rows) => rows.remove({ node: 'a', index: 1 }),
      (rows) => rows.patch({ node: 'a', index: 2 }, { status: 'busy' }),
    ]);
    expect(needsOf(wishes)).toEqual({ keys: [{ node: 'a', index: 2 }], conditions: [] });
  });

  it('refuses a change of the primary key, and a wish that does not say which rows', () => {
    const moved = wishesOf([(rows) => rows.upsert({ node: 'a', index: 0 }, { status: 'new', faults: 0 }, () => ({ index: 1 }))]);
    expect(() => foldWishes(moved, [], key)).toThrow('primary key');
    expect(() => wishesOf([(rows) => rows.remove({})])).toThrow('which rows');
    expect(() => wishesOf([(rows) => rows.upsert({ node: 'a' }, { index: 0, status: 'new', faults: 0 }, (row) => row)])).toThrow('whole primary key');
  });
});
