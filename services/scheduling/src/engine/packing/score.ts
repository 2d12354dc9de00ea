/**
 * How good a node is for one of a kind, in parts of a GPU (`GPU` in `value.ts`), higher is better:
 *
 *     ΣV(after) − ΣV(before) − (H(after) − H(before)) − best fit(after)
 *
 * V: what the GPUs are still good for (`value.ts`). H: 0.3 for each GPU whose cores are gone, counted by the mean cores
 * per GPU of the demand. Best fit: 0.02 for an empty node of the largest kind by its cores, and as much by its GPUs.
 * The bid price of the node's class (`prices.ts`) comes off later: it is the same for all nodes of a class.
 */
import type { Cluster } from '../cluster.js';
import type { Kind } from './demand.js';
import { NONE } from './gains.js';
import { GPU } from './value.js';
import { CLOSED, type View } from './view.js';

const STRANDED = 0.3;
const BEST_FIT = 0.02;
const STRANDED_MILLI = (STRANDED * GPU) / 1000;

export interface Scale {
  /** Milli-GPUs that a thousandth of a core serves, in the mean of the demand. */
  readonly gpuPerCpu: number;
  /** Best fit, in parts of a GPU, for each thousandth of a core and each milli-GPU that is left. */
  readonly fitPerCpu: number;
  readonly fitPerGpu: number;
}

/** @param mostCpu of the largest node: thousandths of a core @param mostGpu milli-GPUs */
export const scaleOf = (gpuPerCpu: number, mostCpu: number, mostGpu: number): Scale => ({ gpuPerCpu, fitPerCpu: (BEST_FIT * GPU) / mostCpu, fitPerGpu: (BEST_FIT * GPU) / mostGpu });

/** H(after) − H(before) + best fit(after), in parts of a GPU; `cpu` and `room` before, `cpuLeft` and `left` after. */
export function hostLoss(cpu: number, cpuLeft: number, room: number, left: number, { gpuPerCpu, fitPerCpu, fitPerGpu }: Scale): number {
  const full = fitPerGpu * left;
  if (cpu === Infinity) return full;
  const after = left - cpuLeft * gpuPerCpu;
  const before = room - cpu * gpuPerCpu;
  return STRANDED_MILLI * ((after > 0 ? after : 0) - (before > 0 ? before : 0)) + fitPerCpu * cpuLeft + full;
}

/** Scores nodes for one kind, until the scale changes. */
export class Scorer {
  private readonly asked: number;

  /** @param gains per node, for a share; absent for whole GPUs and for none */
  constructor(
    private readonly cluster: Cluster,
    private readonly view: View,
    private readonly kind: Kind,
    private readonly gains: Int32Array | undefined,
    private readonly scale: Scale,
  ) {
    this.asked = kind.gpus * kind.gpuMilli;
  }

  of(node: number): number {
    const { cluster, view, kind, gains, asked, scale } = this;
    const room = view.rooms[node]!;
    const cpu = cluster.cpu[node]!;
    if (room === CLOSED || cpu < kind.cpu || cluster.memory[node]! < kind.memory) return NONE;
    let gain = 0;
    if (gains !== undefined) {
      gain = gains[node]!;
      if (gain === NONE) return NONE;
    } else if (view.wholes[node]! < kind.gpus) return NONE;
    return Math.round(gain - hostLoss(cpu, cpu - kind.cpu, room, room - asked, scale));
  }
}
