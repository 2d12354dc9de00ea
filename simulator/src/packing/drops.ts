import { milliOf, type PodType } from './pods.js';

/** What was dropped of a kind of pods: how many, and their GPU demand. */
export interface Dropped {
  pods: number;
  gpus: number;
  /** Of how many that arrived. */
  of: number;
}

const kindOf = ({ gpus, gpuMilli, models }: PodType): string => {
  const kind = gpus === 0 ? 'cpu_only' : gpuMilli < 1000 ? 'shared' : gpus === 1 ? 'whole_1' : `whole_${gpus}`;
  return models.length > 0 ? `${kind}_of_a_model` : kind;
};

/** Dropped pods and demand per kind, the kinds by name. */
export class Drops {
  private readonly kinds = new Map<string, Dropped>();
  pods = 0;

  arrived(type: PodType, dropped: boolean): void {
    const kind = kindOf(type);
    const sum = this.kinds.get(kind) ?? { pods: 0, gpus: 0, of: 0 };
    this.kinds.set(kind, sum);
    sum.of += 1;
    if (!dropped) return;
    this.pods += 1;
    sum.pods += 1;
    sum.gpus += milliOf(type) / 1000;
  }

  perKind(): Record<string, Dropped> {
    return Object.fromEntries([...this.kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, { pods, gpus, of }]) => [kind, { pods, gpus: Math.round(gpus * 1000) / 1000, of }]));
  }
}
