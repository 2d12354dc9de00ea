import { milliOf, type Pods } from './pods.js';
import { Random } from './random.js';

const ARRIVALS = 1;

/**
 * Who arrives, in order, the same for every policy: the lines of the file shuffled, then lines drawn from it with
 * replacement, until the GPU demand reaches `until` per cent of the capacity. Nobody departs.
 * @param capacity milli-GPUs @returns types
 */
export function arrivals({ types, lines }: Pods, capacity: number, seed: number, until: number): Int32Array {
  const random = new Random(seed, ARRIVALS);
  const shuffled = random.shuffle(lines.slice());
  const goal = (capacity * until) / 100;
  const sequence: number[] = [];
  for (let demand = 0; demand < goal; ) {
    const type = sequence.length < shuffled.length ? shuffled[sequence.length]! : lines[random.below(lines.length)]!;
    sequence.push(type);
    demand += milliOf(types[type]!);
  }
  return Int32Array.from(sequence);
}
