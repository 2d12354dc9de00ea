/** The pieces of a SuperPOD as they are planned. */
import type { NodeModel, PartKind, PartPlace } from '@pioche/contracts';
import { derivedId, type Id } from '@pioche/kernel';
import type { FoundGpu } from '../node/bill-of-materials.js';

export interface Manifest {
  /** The SuperPOD's id, from which those of its pieces follow. */
  readonly superpod: string;
  readonly name: string;
  readonly scalable_units: number;
  readonly model: NodeModel;
}

export interface PlannedRack {
  readonly id: Id<'rack'>;
  readonly name: string;
  readonly units: number;
  readonly max_kw: number;
}

export interface PlannedNode {
  readonly id: Id<'node'>;
  readonly name: string;
  readonly serial: string;
  /** 0-based over the whole SuperPOD, in the order of units and racks. */
  readonly rank: number;
  /** 1-based. */
  readonly scalable_unit: number;
  readonly rack: Id<'rack'>;
  readonly unit: number;
  readonly gpus: readonly FoundGpu[];
}

/** A switch or an appliance of the fabric. */
export interface PlannedDevice {
  readonly id: Id<'part'>;
  readonly kind: Extract<PartKind, 'leaf_switch' | 'spine_switch' | 'ufm_appliance'>;
  readonly name: string;
  readonly model: string;
  readonly serial: string;
  readonly rack: Id<'rack'>;
  readonly unit: number;
  readonly max_kw: number;
}

export interface Leaf extends PlannedDevice {
  readonly scalable_unit: number;
  readonly rail: number;
}

export interface PlannedCable {
  readonly id: Id<'part'>;
  readonly kind: 'compute' | 'ufm' | 'spine_leaf';
  readonly model: string;
  readonly serial: string;
  readonly ends: readonly [PartPlace, PartPlace];
}

export interface Layout {
  readonly racks: readonly PlannedRack[];
  readonly nodes: readonly PlannedNode[];
  /** In the order of units, then rails. */
  readonly leaves: readonly Leaf[];
  readonly spines: readonly PlannedDevice[];
  readonly appliances: readonly PlannedDevice[];
  readonly cables: readonly PlannedCable[];
}

/** Ids and serials of the pieces follow from the SuperPOD's id and the piece's name. */
export const naming = (manifest: Manifest) => ({
  serial: (name: string): string => `SIM-${derivedId('serial', manifest.superpod, name).slice(-14).toUpperCase()}`,
  name: (piece: string): string => `${manifest.name}-${piece}`,
});
export type Naming = ReturnType<typeof naming>;
