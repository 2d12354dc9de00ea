/** Every kind of trouble, by name. */
import { againFaults } from './again.js';
import type { FaultKind } from './kind.js';
import { networkFaults } from './network.js';
import { serverFaults } from './servers.js';
import { serviceFaults } from './services.js';

export const FAULTS: Readonly<Record<string, FaultKind>> = { ...serviceFaults, ...serverFaults, ...networkFaults, ...againFaults };

export const FAULT_KINDS: readonly string[] = Object.keys(FAULTS);

/** @throws Error where the catalogue has none of that name */
export function faultKind(name: string): FaultKind {
  const kind = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  if (kind === undefined) throw new Error(`no fault "${name}": one of ${FAULT_KINDS.join(', ')}`);
  return kind;
}
