/** A pod on exact GPUs of a node. */
export interface Spot {
  readonly node: number;
  /** Places of its GPUs in the node. */
  readonly gpus: readonly number[];
}

/** What a policy decides of an arrival: where the pod goes, and which pods move away before. */
export interface Decision {
  /** Absent: it fits nowhere and is dropped. */
  readonly spot?: Spot | undefined;
  /** Pods that are moved first, in this order: the number of the arrival, and where it goes. */
  readonly moves?: readonly { readonly pod: number; readonly spot: Spot }[];
}

/** Places each pod as it arrives. It sees the arrivals so far and nothing of those to come. */
export interface Policy {
  /** @param pod number of the arrival, from 0 @param type see `Pods.types` */
  place(pod: number, type: number): Decision;
}

export const DROPPED: Decision = {};
