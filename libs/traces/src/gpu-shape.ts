const GPUS_PER_NODE = 8;

/** So many GPUs as nodes: up to eight on one, more as whole nodes, the last one's rest included. */
export const gpuShape = (gpus: number): { readonly nodes: number; readonly gpusPerNode: number } =>
  gpus <= GPUS_PER_NODE ? { nodes: 1, gpusPerNode: gpus } : { nodes: Math.ceil(gpus / GPUS_PER_NODE), gpusPerNode: GPUS_PER_NODE };
