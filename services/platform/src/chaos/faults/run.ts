/** Carries a plan of faults out, and leaves nothing of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../scenario/random.js';
import type { FaultEvent, PlannedFault } from '../system.js';
import type { ChaosSystem } from '../system/start.js';
import { faultKind } from './catalogue.js';
import { heldBy } from './plan.js';

export interface RunOptions {
  /** Ends it early: what is under way is healed. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: FaultEvent) => void;
  /** How long the services may take to be ready again in the end, in milliseconds. Default three minutes. */
  readonly patienceMs?: number;
}

/**
 * Each fault begins at its time, counted from this call, or later where what it needs is still being healed from one
 * before. In the end everything is healed, and every service is ready.
 * @returns what happened, in order
 * @throws Error when a service does not become ready again
 */
export async function runFaults(system: ChaosSystem, plan: readonly PlannedFault[], { signal, onEvent, patienceMs = 180_000 }: RunOptions): Promise<FaultEvent[]> {
  const began = Date.now();
  const events: FaultEvent[] = [];
  const tell = (fault: PlannedFault, phase: FaultEvent['phase'], detail?: string): void => {
    const event: FaultEvent = { at: new Date().toISOString(), phase, fault, ...(detail !== undefined && { detail }) };
    events.push(event);
    onEvent(event);
  };
  const taken = new Map<string, Promise<void>>();
  await Promise.all(
    plan.map(async (fault) => {
      await until(began + fault.atMs, signal);
      const mine = Promise.all(heldBy(fault).map((thing) => taken.get(thing) ?? Promise.resolve())).then(() => carryOut(system, fault, signal, tell));
      for (const thing of heldBy(fault)) taken.set(thing, mine);
      await mine;
    }),
  );
  await system.restore();
  await system.untilReady(patienceMs);
  return events;
}

/** The kinds that this machine cannot have, with the reason. */
export const missingFaults = (system: ChaosSystem, kinds: readonly string[]): ReadonlyMap<string, string> =>
  new Map(kinds.flatMap((kind) => {
    const missing = faultKind(kind).missing?.(system);
    return missing === undefined ? [] : [[kind, missing] as const];
  }));

async function carryOut(system: ChaosSystem, fault: PlannedFault, signal: AbortSignal, tell: (fault: PlannedFault, phase: FaultEvent['phase'], detail?: string) => void): Promise<void> {
  if (signal.aborted) return;
  const random = new Random(fault.atMs, `${fault.kind} ${fault.target}`);
  try {
    const heal = await faultKind(fault.kind).inject(system, fault.target, { random: () => random.uniform(), signal });
    tell(fault, 'begun');
    await until(Date.now() + fault.forMs, signal);
    await heal();
    tell(fault, 'healed');
  } catch (error) {
    tell(fault, 'failed', error instanceof Error ? error.message : String(error));
  }
}

const until = (time: number, signal: AbortSignal): Promise<void> => sleep(Math.max(0, time - Date.now()), undefined, { signal }).catch(() => undefined);
