import fc from 'fast-check';
import { append, EMPTY, rootOf, type Frontier } from './frontier.js';
import { consistencySpans, EMPTY_ROOT, HASH_BYTES, inclusionSpans, leafHash, leafHashes, nodeHash, nodesOf, spanRoot, splitOf, type Span } from './merkle.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

/** The eight test leaves of the certificate-transparency reference implementation, and the root after each. */
const CT_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** MTH, PATH and PROOF exactly as RFC 6962 §2.1 defines them. */
const mth = (d: readonly Buffer[]): Buffer => {
  if (d.length === 0) return EMPTY_ROOT;
  if (d.length === 1) return d[0] ?? EMPTY_ROOT;
  const k = splitOf(d.length);
  return nodeHash(mth(d.slice(0, k)), mth(d.slice(k)));
};
const path = (m: number, d: readonly Buffer[]): Buffer[] => {
  if (d.length === 1) return [];
  const k = splitOf(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
};
const subproof = (m: number, d: readonly Buffer[], b: boolean): Buffer[] => {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = splitOf(d.length);
  return m <= k ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))] : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
};

/** A tree that keeps its nodes by (level, index), grown by batches of these sizes. */
function grow(leaves: readonly Buffer[], batches: readonly number[]) {
  const nodes = new Map<string, Buffer>();
  let frontier: Frontier = EMPTY;
  for (const size of [...batches, leaves.length]) {
    const added = append(frontier, Buffer.concat(leaves.slice(frontier.size, frontier.size + size)));
    frontier = added.frontier;
    for (const { level, start, hashes } of added.nodes) {
      for (let i = 0; i < hashes.length / HASH_BYTES; i += 1) {
        const at = `${level}/${start + i}`;
        if (nodes.has(at)) throw new Error(`made twice: ${at}`);
        nodes.set(at, hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
      }
    }
  }
  let reads = 0;
  const hashOf = (span: Span) =>
    spanRoot(
      nodesOf(span).map(({ level, index }) => {
        reads += 1;
        return nodes.get(`${level}/${index}`) ?? Buffer.alloc(0);
      }),
    );
  return { frontier, nodes, hashOf, reads: () => reads };
}

const numbered = (n: number): Buffer[] => Array.from({ length: n }, (_, i) => leafHash(`leaf ${i}`));

describe('the Merkle tree', () => {
  it('has the roots of the reference vectors', () => {
    const leaves = CT_LEAVES.map((hex) => leafHash(Buffer.from(hex, 'hex')));
    expect(CT_LEAVES.map((_, i) => rootOf(append(EMPTY, Buffer.concat(leaves.slice(0, i + 1))).frontier).toString('hex'))).toEqual(CT_ROOTS);
    expect(rootOf(EMPTY).toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('hashes a leaf that is text as its UTF-8', () => {
    const leaves = ['', 'é', '{"a":"… 🗝"}'];
    expect(leafHashes(leaves)).toEqual(Buffer.concat(leaves.map((leaf) => leafHash(Buffer.from(leaf)))));
  });

  it('is the recursive definition, in whatever batches it grows, and makes each node once', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 12 }), (size, batches) => {
        const leaves = numbered(size);
        const { frontier, nodes, hashOf } = grow(leaves, batches);
        expect(frontier.size).toBe(size);
        expect(rootOf(frontier)).toEqual(mth(leaves));
        expect(nodes.size).toBe(nodesOf({ begin: 0, end: size }).reduce((sum, { level }) => sum + 2 ** (level + 1) - 1, 0));
        expect(hashOf({ begin: 0, end: size })).toEqual(mth(leaves));
      }),
      { numRuns: 40 },
    ));
});

describe('an inclusion proof', () => {
  it('is the defined path for every leaf of every size, from O(log n) nodes, and verifies', () => {
    const leaves = numbered(130);
    for (const size of [...Array.from({ length: 24 }, (_, i) => i + 1), 64, 65, 130]) {
      const tree = leaves.slice(0, size);
      const root = mth(tree);
      const { hashOf, reads } = grow(tree, []);
      for (let leaf = 0; leaf < size; leaf += 1) {
        const before = reads();
        const proof = inclusionSpans(leaf, size).map(hashOf);
        expect(reads() - before).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size + 1)));
        expect(proof).toEqual(path(leaf, tree));
        expect(verifyInclusion(leafHash(`leaf ${leaf}`), leaf, size, proof, root)).toBe(true);
      }
    }
  });

  it('of another leaf, place, size, path or root does not verify', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), (size, a, b) => {
        const leaves = numbered(size);
        const leaf = a % size;
        const other = (leaf + 1 + (b % (size - 1))) % size;
        const hash = leafHash(`leaf ${leaf}`);
        const proof = path(leaf, leaves);
        const root = mth(leaves);
        const changed = proof.map((p, i) => (i === b % proof.length ? leafHash('forged') : p));
        expect(verifyInclusion(hash, leaf, size, proof, root)).toBe(true);
        expect(verifyInclusion(leafHash('forged'), leaf, size, proof, root)).toBe(false);
        expect(verifyInclusion(hash, other, size, proof, root)).toBe(false);
        expect(verifyInclusion(hash, leaf, size, changed, root)).toBe(false);
        expect(verifyInclusion(hash, leaf, size, proof.slice(1), root)).toBe(false);
        expect(verifyInclusion(hash, leaf, size, [...proof, root], root)).toBe(false);
        expect(verifyInclusion(hash, leaf, size, proof, leafHash('forged'))).toBe(false);
        expect(verifyInclusion(hash, leaf, leaf, proof, root)).toBe(false);
      }),
      { numRuns: 40 },
    ));

  it('is refused for a leaf that is not there', () => {
    expect(() => inclusionSpans(3, 3)).toThrow(RangeError);
    expect(() => inclusionSpans(-1, 3)).toThrow(RangeError);
  });
});

describe('a consistency proof', () => {
  it('is the defined one for every pair of sizes, and verifies', () => {
    const leaves = numbered(33);
    const { hashOf } = grow(leaves, []);
    const roots = leaves.map((_, i) => mth(leaves.slice(0, i + 1)));
    for (let second = 1; second <= leaves.length; second += 1) {
      for (let first = 1; first <= second; first += 1) {
        const [a, b] = [roots[first - 1] ?? EMPTY_ROOT, roots[second - 1] ?? EMPTY_ROOT];
        const proof = consistencySpans(first, second).map(hashOf);
        expect(proof).toEqual(subproof(first, leaves.slice(0, second), true));
        expect(verifyConsistency(first, second, a, b, proof)).toBe(true);
      }
    }
  });

  it('of a history that was rewritten does not verify', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), (second, a, b) => {
        const first = 1 + (a % (second - 1));
        const leaves = numbered(second);
        const rewritten = leaves.map((leaf, i) => (i === b % first ? leafHash('forged') : leaf));
        const roots = [mth(leaves.slice(0, first)), mth(leaves)] as const;
        const proof = subproof(first, leaves, true);
        expect(verifyConsistency(first, second, ...roots, proof)).toBe(true);
        expect(verifyConsistency(first, second, roots[0], mth(rewritten), subproof(first, rewritten, true))).toBe(false);
        expect(verifyConsistency(first, second, mth(rewritten.slice(0, first)), roots[1], proof)).toBe(false);
        expect(verifyConsistency(first, second, ...roots, proof.slice(0, -1))).toBe(false);
        expect(verifyConsistency(first, second, ...roots, [...proof, roots[0]])).toBe(false);
        expect(verifyConsistency(second, first, ...roots, proof)).toBe(false);
      }),
      { numRuns: 40 },
    ));

  it('from the empty tree, or of equal sizes, is empty', () => {
    const root = mth(numbered(5));
    expect(consistencySpans(0, 5)).toEqual([]);
    expect(consistencySpans(5, 5)).toEqual([]);
    expect(verifyConsistency(0, 5, EMPTY_ROOT, root, [])).toBe(true);
    expect(verifyConsistency(5, 5, root, root, [])).toBe(true);
    expect(verifyConsistency(5, 5, root, EMPTY_ROOT, [])).toBe(false);
    expect(verifyConsistency(0, 5, root, root, [])).toBe(false);
  });
});
