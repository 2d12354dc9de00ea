/** The audit log against the logs: every event is a leaf, once; the roots that were signed are those of its leaves; proofs hold. */
import { CONTEXTS, type AuditLogEvent } from '@pioche/contracts';
import { append, consistent, decode, EMPTY, encode, leafHash, leafHashes, openCheckpoint, parseVerifierKey, rootOf, verifyInclusion, type ConsistencyProof, type InclusionProof, type NoteKey } from '@pioche/sovereignty';
import pg from 'pg';
import type { Api } from '../../scenario/api.js';
import { Random } from '../../scenario/random.js';
import { Findings, type Result } from './check.js';
import { placeOf, type Logged, type Logs } from './logs.js';

export interface Leaf {
  readonly index: number;
  readonly event: string;
  readonly context: string;
  readonly position: number;
}

export interface Signed {
  readonly place: string;
  readonly size: number;
  readonly root: string;
  readonly note: string;
}

/** The leaves in order, read directly. */
export async function readLeaves(connectionString: string): Promise<Leaf[]> {
  const client = new pg.Client({ connectionString, application_name: 'pioche chaos' });
  await client.connect();
  try {
    const { rows } = await client.query<Leaf>('SELECT index::float8 AS index, event_id AS event, context, position::float8 AS position FROM audit_leaves ORDER BY audit_leaves.index');
    return rows;
  } finally {
    await client.end();
  }
}

/** Every event of every context is a leaf exactly once, and nothing else is. */
export function everyEventIsALeaf(logs: Logs, leaves: readonly Leaf[]): Result {
  const findings = new Findings('every event is one leaf of the audit log');
  const found = new Map<string, Leaf>();
  for (const [n, leaf] of leaves.entries()) {
    if (leaf.index !== n) findings.add(`leaf ${leaf.index} is at place ${n}`);
    if (found.has(leaf.event)) findings.add(`${leaf.event} is leaf ${found.get(leaf.event)?.index} and ${leaf.index}`);
    found.set(leaf.event, leaf);
  }
  for (const logged of CONTEXTS.flatMap((context) => logs[context])) if (!found.delete(logged.event.id)) findings.add(`${placeOf(logged)} is no leaf`);
  for (const { index, event, context, position } of found.values()) findings.add(`leaf ${index} is ${event} (${context}:${position}), which is in no log`);
  return findings.result(leaves.length);
}

/** The tree as it follows from the leaves' order and the logs' texts alone: the root of any size. */
export class RecomputedTree {
  private readonly texts: ReadonlyMap<string, string>;

  constructor(
    logs: Logs,
    private readonly leaves: readonly Leaf[],
  ) {
    this.texts = new Map(CONTEXTS.flatMap((context) => logs[context].map(({ event, text }) => [event.id, text] as const)));
  }

  /** @param sizes ascending @returns their roots in Base64; shorter where there are fewer leaves */
  roots(sizes: readonly number[]): string[] {
    let frontier = EMPTY;
    const roots: string[] = [];
    for (const size of sizes) {
      if (size > this.leaves.length) break;
      const more = this.leaves.slice(frontier.size, size).map(({ event }) => this.texts.get(event) ?? '');
      ({ frontier } = append(frontier, leafHashes(more)));
      roots.push(encode(rootOf(frontier)));
    }
    return roots;
  }
}

export const signedIn = (sovereignty: readonly Logged[]): Signed[] =>
  sovereignty.flatMap((logged) => {
    const fact = logged.event as AuditLogEvent;
    return fact.type === 'AuditCheckpointSigned' ? [{ place: placeOf(logged), size: fact.data.size, root: fact.data.root, note: fact.data.note }] : [];
  });

/** Every signed checkpoint bears the log's signature, and the root that follows from the leaves; the tree only grows. */
export function checkpointsHold(checkpoints: readonly Signed[], tree: Pick<RecomputedTree, 'roots'>, key: NoteKey): Result {
  const findings = new Findings('signed checkpoints are those of the leaves');
  const sizes = checkpoints.map(({ size }) => size).toSorted((a, b) => a - b);
  const recomputed = tree.roots(sizes);
  const rootOfSize = new Map(sizes.map((size, n) => [size, recomputed[n]]));
  let last = 0;
  for (const { place, size, root, note } of checkpoints) {
    if (size < last) findings.add(`${place}: the tree has ${size} leaves after ${last}`);
    last = Math.max(last, size);
    if (rootOfSize.get(size) !== root) findings.add(`${place}: the root of ${size} leaves is ${rootOfSize.get(size) ?? 'unknown: there are fewer'}, signed is ${root}`);
    try {
      const opened = openCheckpoint(note, key);
      if (opened.size !== size || encode(opened.root) !== root) findings.add(`${place}: the note is of ${opened.size} leaves, the event of ${size}`);
    } catch (error) {
      findings.add(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return findings.result(checkpoints.length);
}

/** That the event with this text is in the tree that the proof's checkpoint signs. */
export function inclusionHolds({ index, size, path, checkpoint }: InclusionProof, text: string, key: NoteKey): boolean {
  const head = openCheckpoint(checkpoint, key);
  return head.size === size && verifyInclusion(leafHash(text), index, size, path.map(decode), head.root);
}

const SAMPLES = 24;

export interface ProofsAsked {
  readonly operator: Pick<Api, 'get'>;
  readonly logs: Logs;
  readonly leaves: readonly Leaf[];
  readonly checkpoints: readonly Signed[];
  readonly key: NoteKey;
  readonly seed: number;
}

/** What a third party asks for and verifies: proofs of inclusion and of consistency, of a sample by the seed. */
export async function proofsHold({ operator, logs, leaves, checkpoints, key, seed }: ProofsAsked): Promise<Result> {
  const findings = new Findings('audit proofs verify');
  const random = new Random(seed, 'chaos proofs');
  const texts = new Map(CONTEXTS.flatMap((context) => logs[context].map(({ event, text }) => [event.id, text] as const)));
  const last = checkpoints.at(-1)?.size ?? 0;
  if (last === 0) findings.add('no checkpoint was ever signed');
  const sampled = Array.from({ length: Math.min(SAMPLES, last) }, () => leaves[Math.floor(random.uniform() * last)]).filter((leaf) => leaf !== undefined);
  for (const { index, event } of sampled) {
    const proof = await operator.get<InclusionProof>('sovereignty', `/audit/proofs/inclusion?event_id=${event}`);
    if (!inclusionHolds(proof, texts.get(event) ?? '', key)) findings.add(`the proof that ${event} is leaf ${index} does not hold`);
  }
  const sizes = checkpoints.map(({ size }) => size);
  const pairs = Array.from({ length: Math.min(SAMPLES, sizes.length - 1) }, () => Math.floor(random.uniform() * (sizes.length - 1)));
  for (const n of pairs) {
    const [from, to] = [checkpoints[n], checkpoints[n + 1]];
    if (!from || !to) continue;
    const proof = await operator.get<ConsistencyProof>('sovereignty', `/audit/proofs/consistency?from=${from.size}&to=${to.size}`);
    if (!consistent(proof) || proof.first_root !== from.root || proof.second_root !== to.root) findings.add(`${to.place} does not continue ${from.place}`);
  }
  return findings.result(sampled.length + pairs.length);
}

/** The key that verifies the log's checkpoints. */
export const auditKeyOf = async (operator: Api): Promise<NoteKey> => parseVerifierKey((await operator.get<{ verifier_key: string }>('sovereignty', '/audit/checkpoint')).verifier_key);
