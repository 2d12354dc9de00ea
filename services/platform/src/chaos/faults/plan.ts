/** Which faults come when, for how long, on what: decided beforehand, from a seed. */
import { Random } from '../../scenario/random.js';
import type { PlannedFault } from '../system.js';
import { FAULT_KINDS, faultKind } from './catalogue.js';

export interface PlanWishes {
  readonly seed: number;
  /** Of load, in all. */
  readonly seconds: number;
  /** Only these; default: all. */
  readonly kinds?: readonly string[];
}

/** Faults at the same time, at most. */
export const AT_ONCE = 3;
/** Time between the beginnings of two, on average, where there is enough. */
const MEAN_GAP_MS = 3_000;
const FIRST_MS = 1_000;
/** At the end nothing begins and nothing lasts: a fifth of the run, at most this long. */
const QUIET_MS = 15_000;

/** When the last fault has passed. @returns milliseconds from the beginning */
export const quietFrom = (seconds: number): number => seconds * 1_000 - Math.min(QUIET_MS, seconds * 200);

/** Drawn again where one is without a kind that would have fitted in. */
const DRAWS = 50;

/**
 * The same wishes give the same plan. Each kind comes once before one comes twice; from then on by weight.
 * In a minute every kind fits in; in less, as many as do.
 */
export function planFaults(wishes: PlanWishes): PlannedFault[] {
  const { seed, seconds, kinds = FAULT_KINDS } = wishes;
  const draws = Array.from({ length: seconds < 60 ? 1 : DRAWS }, (_, draw) => () => drawPlan(new Random(seed, `faults ${draw}`), seconds, kinds));
  let best: PlannedFault[] = [];
  for (const draw of draws) {
    const plan = draw();
    if (kindsOf(plan) > kindsOf(best)) best = plan;
    if (kindsOf(best) === kinds.length) break;
  }
  return best;
}

const kindsOf = (plan: readonly PlannedFault[]): number => new Set(plan.map(({ kind }) => kind)).size;

function drawPlan(random: Random, seconds: number, kinds: readonly string[]): PlannedFault[] {
  const end = quietFrom(seconds);
  const gap = Math.min(MEAN_GAP_MS, (end - FIRST_MS) / (1.15 * kinds.length + 1));
  const faults: PlannedFault[] = [];
  let waiting = shuffled(kinds, random);
  for (let at = FIRST_MS; at < end && waiting.length > 0; at += gap * (0.5 + random.uniform())) {
    const fits = waiting.map((kind) => planned(kind, Math.floor(at), end, random)).find((fault) => fault && hasRoom(fault, faults));
    if (!fits) continue;
    faults.push(fits);
    waiting = waiting.filter((kind) => kind !== fits.kind);
    if (waiting.length === 0) waiting = [random.pick(kinds.map((kind) => [kind, faultKind(kind).weight] as const))];
  }
  return faults;
}

/** Nothing where it would not be over in time. */
function planned(kind: string, atMs: number, end: number, random: Random): PlannedFault | undefined {
  const { targets, forMs: [least, most] } = faultKind(kind);
  const target = random.pick(targets.map((each) => [each, 1] as const));
  // Short ones are as good as long ones, and more of them fit in.
  const forMs = Math.floor(least + (Math.min(most, end - atMs) - least) * random.uniform() ** 2);
  return atMs + least > end ? undefined : { atMs, forMs, kind, target };
}

function hasRoom(fault: PlannedFault, others: readonly PlannedFault[]): boolean {
  const meanwhile = others.filter(({ atMs, forMs }) => atMs + forMs >= fault.atMs);
  const held = new Set(meanwhile.flatMap(heldBy));
  return meanwhile.length < AT_ONCE && !heldBy(fault).some((thing) => held.has(thing));
}

export const heldBy = ({ kind, target }: PlannedFault): readonly string[] => faultKind(kind).holds(target);

function shuffled(items: readonly string[], random: Random): string[] {
  const keys = new Map(items.map((item) => [item, random.uniform()]));
  return [...items].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
}
