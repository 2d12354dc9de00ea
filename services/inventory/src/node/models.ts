import type { NodeModel } from '@pioche/contracts';

export interface ModelFacts {
  /** Height in rack units. */
  readonly units: number;
  readonly maxKw: number;
  /** The bill of materials, as the driver names it; one GPU per rail. */
  readonly gpus: { readonly count: number; readonly model: string; readonly memoryGib: number };
  readonly powerSupplies: { readonly fitted: number; readonly needed: number };
}

/** What we know of each make. NVIDIA DGX H100 user guide: 8U, 10.2 kW at most, 6 supplies of which 4 carry the load. */
export const MODELS: Readonly<Record<NodeModel, ModelFacts>> = {
  'DGX H100': {
    units: 8,
    maxKw: 10.2,
    gpus: { count: 8, model: 'NVIDIA H100 80GB HBM3', memoryGib: 80 },
    powerSupplies: { fitted: 6, needed: 4 },
  },
};
