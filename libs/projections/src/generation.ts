/** A generation: one build of one version of a read model, with tables and checkpoints of its own. */

/**
 * - `building`: catches up beside the live one; nobody reads it
 * - `live`: what queries read; one per read model
 * - `retired`: no longer read nor written; its tables go after a grace
 * - `dropped`: the tables are gone
 */
export type GenerationState = 'building' | 'live' | 'retired' | 'dropped';

export interface Generation {
  /** The read model's name. */
  readonly name: string;
  readonly version: number;
  /** From 1 in each version, never used again. */
  readonly generation: number;
  readonly state: GenerationState;
}

type Built = Pick<Generation, 'version' | 'generation'>;

/** `rack_view_v1` for the first generation, then `rack_view_v1_g2`. */
export const generationName = (name: string, { version, generation }: Built): string =>
  `${name}_v${version}${generation > 1 ? `_g${generation}` : ''}`;

/** The key of its checkpoints. */
export const consumerOf = (generation: Generation): string => generationName(generation.name, generation);
