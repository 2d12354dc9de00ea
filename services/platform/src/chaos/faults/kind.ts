import type { ContextName } from '@pioche/contracts';
import type { ChaosSystem } from '../system/start.js';

/** Undoes a fault; also after everything was restored by other means. */
export type Heal = () => Promise<void> | void;

export interface Circumstances {
  /** From 0 to below 1, the same each time the same plan runs. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** One kind of trouble. */
export interface FaultKind {
  readonly targets: readonly string[];
  /** How long it lasts, in milliseconds: at least, at most. */
  readonly forMs: readonly [number, number];
  /** How often it comes, compared with the others. */
  readonly weight: number;
  /** What two faults at the same time may not both have. */
  readonly holds: (target: string) => readonly string[];
  /** Why this machine cannot have it; nothing where it can. */
  readonly missing?: (system: ChaosSystem) => string | undefined;
  readonly inject: (system: ChaosSystem, target: string, circumstances: Circumstances) => Promise<Heal> | Heal;
}

/** @throws Error where there is none: the plan is of another system */
export function of<T>(things: ReadonlyMap<ContextName, T>, target: string): T {
  for (const [context, thing] of things) if (context === target) return thing;
  throw new Error(`there is no ${target}`);
}
