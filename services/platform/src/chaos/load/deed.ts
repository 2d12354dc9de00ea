/** What the load does, one after the other: chosen by the seed and by what was asked before, never by what was answered. */
import { contextOf } from '@pioche/event-store';
import { derivedId } from '@pioche/kernel';
import { clientCommandId } from '@pioche/service-kit';
import type { SmallWorld } from './small-world.js';
import type { Random } from '../../scenario/random.js';
import type { Ask, Principal } from '../history/records.js';
import type { Sender } from './sender.js';
import type { SimulatedTime } from './time.js';

/** What a deed is made from: the same for the same seed. */
export interface Drawing {
  readonly random: Random;
  readonly world: SmallWorld;
  readonly time: SimulatedTime;
  /** A new key. */
  readonly key: () => string;
}

/** One thing that someone does. */
export type Deed =
  | { readonly ask: Ask; /** A version that the stream surely has not. */ readonly staleMatch?: true; /** The body that the key is used for once more. */ readonly reusedFor?: unknown }
  /** Several commands, of which each follows from the answer to the one before. */
  | { readonly errand: (sender: Sender) => Promise<void> };

/** People of one kind, with what they remember of what they asked. */
export interface Doer {
  readonly weight: number;
  do(drawing: Drawing): Deed;
}

export const OPERATIONS: Principal = { subject: 'operations' };
export const adminOf = (tenant: string): Principal => ({ subject: `admin@${tenant}`, tenant });

/** @returns an integer from `least` to `most` */
export const between = (random: Random, least: number, most: number): number => least + Math.floor(random.uniform() * (most - least + 1));

/** One of them. @throws RangeError when there is none */
export function one<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random.uniform() * items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}

const commandIdOf = ({ by, key, route, target }: Ask) => clientCommandId({ principal: by, key, path: route, target });

/** The id that a creating command gives to what it makes. @param prefix of the aggregate's ids */
export const createdBy = (ask: Ask, prefix: string): string => derivedId(prefix, commandIdOf(ask));

/** The first id that a command makes inside its stream. */
export const madeBy = (ask: Ask, prefix: string): string => contextOf(ask.target ?? '', { commandId: commandIdOf(ask), actor: '', now: '' }).newId(prefix);
