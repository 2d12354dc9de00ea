/** One experiment: all arrivals through a policy, then its decisions through the checker. */
import { createHash } from 'node:crypto';
import { Checker } from './checker.js';
import { Curve, type Point } from './curve.js';
import { Drops, type Dropped } from './drops.js';
import { Ledger } from './ledger.js';
import { capacityOf, type TraceNode } from './nodes.js';
import { milliOf, type Pods, type PodType } from './pods.js';
import type { Decision, Policy, Spot } from './policy.js';
import type { Progress } from '../mode.js';

export interface Experiment {
  readonly nodes: readonly TraceNode[];
  readonly pods: Pods;
  readonly sequence: Int32Array;
  /** Per cent of the capacity that arrives. */
  readonly until: number;
  readonly migrationsPer100: number;
}

export interface Outcome {
  readonly curve: readonly Point[];
  readonly placed: number;
  readonly dropped: number;
  /** Up to 100 % arrived, and in all. */
  readonly dropped_at_100: Record<string, Dropped>;
  readonly dropped_per_kind: Record<string, Dropped>;
  readonly migrations: number;
  /** The policy's own time, its preparation included. */
  readonly seconds: number;
  readonly decisions_per_second: number;
  readonly decisions_sha256: string;
}

/** @throws BrokenRule when the policy breaks a rule */
export function replay({ nodes, pods, sequence, until, migrationsPer100 }: Experiment, make: () => Policy, progress: Progress): Outcome {
  const start = performance.now();
  const policy = make();
  const decisions: Decision[] = [];
  for (let pod = 0; pod < sequence.length; pod++) {
    decisions.push(policy.place(pod, sequence[pod]!));
    if (pod % 500 === 0) progress(pod, sequence.length);
  }
  const seconds = (performance.now() - start) / 1000;
  progress(sequence.length, sequence.length);

  const checker = new Checker(nodes, migrationsPer100 / 100);
  const ledger = new Ledger(nodes);
  const capacity = capacityOf(nodes);
  const curve = new Curve(ledger, pods, capacity, Math.floor(until));
  const [all, at100] = [new Drops(), new Drops()];
  const hash = createHash('sha256');
  const held = new Map<number, { type: PodType; spot: Spot }>();
  let [arrived, migrations] = [0, 0];
  for (const [pod, decision] of decisions.entries()) {
    const type = pods.types[sequence[pod]!]!;
    const { spot, moves = [] } = decision;
    checker.check(pod, type, decision);
    curve.before(milliOf(type));
    for (const move of moves) {
      const from = held.get(move.pod)!;
      ledger.give(from.spot, from.type);
      ledger.take(move.spot, from.type);
      held.set(move.pod, { ...from, spot: move.spot });
      hash.update(`${move.pod}>${move.spot.node}:${move.spot.gpus.join()};`);
    }
    migrations += moves.length;
    if (spot) {
      ledger.take(spot, type);
      curve.placed(milliOf(type));
      held.set(pod, { type, spot });
    }
    arrived += milliOf(type);
    all.arrived(type, !spot);
    if (arrived <= capacity) at100.arrived(type, !spot);
    hash.update(spot ? `${pod}@${spot.node}:${spot.gpus.join()};` : `${pod}!;`);
  }
  curve.end();
  return {
    curve: curve.points, placed: sequence.length - all.pods, dropped: all.pods, dropped_at_100: at100.perKind(), dropped_per_kind: all.perKind(),
    migrations, seconds: Math.round(seconds * 1e4) / 1e4, decisions_per_second: Math.round(sequence.length / seconds), decisions_sha256: hash.digest('hex'),
  };
}
