/** Replaces the replicas of a context one by one, as a rolling update does: one more first, then one less. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContextName } from '@pioche/contracts';
import type { FaultEvent } from '../chaos/system.js';
import type { Build, RollingSystem } from './system.js';

/** Contexts that are replaced together, one group after the other: those who read an event before those who write it. */
export const CONSUMERS_FIRST: readonly (readonly ContextName[])[] = [['lab', 'billing', 'scheduling'], ['inventory']];

export interface Replaced {
  readonly context: ContextName;
  /** The version that each new replica says it has. */
  readonly versions: readonly string[];
  /** How long each old one took to end, in ms. */
  readonly ends: readonly number[];
}

export async function replaceAll(system: RollingSystem, groups: readonly (readonly ContextName[])[], build: Build, onEvent: (event: FaultEvent) => void): Promise<Replaced[]> {
  const replaced: Replaced[] = [];
  for (const group of groups) replaced.push(...(await Promise.all(group.map((context) => replace(system, context, build, onEvent)))));
  return replaced;
}

async function replace(system: RollingSystem, context: ContextName, build: Build, onEvent: (event: FaultEvent) => void): Promise<Replaced> {
  const tell = (phase: FaultEvent['phase'], detail: string) => onEvent({ at: new Date().toISOString(), phase, fault: { atMs: 0, forMs: 0, kind: 'replace', target: context }, detail });
  tell('begun', `by ${build.name}`);
  const [versions, ends]: [string[], number[]] = [[], []];
  for (let left = system.replicas(context); left > 0; left -= 1) {
    versions.push(await system.add(context, build));
    ends.push(Math.round(await system.removeOldest(context)));
  }
  tell('healed', `versions ${versions.join(', ')}`);
  return { context, versions, ends };
}

/** @throws Error naming what has not come true in the time given */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + limitMs; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`${what}: not after ${limitMs / 1000} s`);
    await sleep(500);
  }
}
