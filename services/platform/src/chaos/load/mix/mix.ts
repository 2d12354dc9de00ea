/** What is done next, by the seed. */
import { Random } from '../../../scenario/random.js';
import type { Deed, Doer, Drawing } from '../deed.js';
import type { SmallWorld } from '../small-world.js';
import type { SimulatedTime } from '../time.js';
import { Jobs } from './jobs.js';
import { Lab } from './lab.js';
import { MONEY } from './money.js';
import { Nodes } from './nodes.js';
import { Rights } from './rights.js';
import { WRONGS } from './wrong.js';

/**
 * How an ask is sent: `once`, and its outcome may stay unknown; `again` after its answer; `together`, twice at once;
 * `insisting`, once more after a time-out.
 */
export type Manner = 'once' | 'again' | 'together' | 'insisting';
const MANNERS: readonly (readonly [Manner, number])[] = [['once', 70], ['insisting', 16], ['again', 8], ['together', 6]];

export interface Drawn {
  readonly deed: Deed;
  readonly manner: Manner;
}

export class Mix {
  readonly jobs = new Jobs();
  private readonly doers: readonly (readonly [Doer, number])[];
  private readonly drawing: Drawing;
  private keys = 0;

  constructor(seed: number, world: SmallWorld, time: SimulatedTime) {
    this.drawing = { random: new Random(seed, 'chaos load'), world, time, key: () => `chaos-${(this.keys += 1)}` };
    const all = [...this.jobs.doers, ...new Nodes().doers, ...MONEY, ...new Lab().doers, ...new Rights().doers, ...WRONGS];
    this.doers = all.map((doer) => [doer, doer.weight]);
  }

  next(): Drawn {
    const { random } = this.drawing;
    return { deed: random.pick(this.doers).do(this.drawing), manner: random.pick(MANNERS) };
  }
}
