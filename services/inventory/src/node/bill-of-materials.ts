import { InstalledGpu, type NodeModel } from '@pioche/contracts';
import { refuse } from '@pioche/kernel';
import type { z } from 'zod';
import { gpuId } from '../part/part-id.js';
import { MODELS } from './models.js';

/** A GPU as commissioning found it; its id follows from the serial. */
export const FoundGpu = InstalledGpu.omit({ id: true });
export type FoundGpu = z.infer<typeof FoundGpu>;

const repeated = (values: readonly (string | number)[]) => values.filter((value, at) => values.indexOf(value) !== at);

/** The GPUs with their ids. @throws Refusal `bill-of-materials-differs`, with each difference */
export function checkedGpus(model: NodeModel, found: readonly FoundGpu[]): InstalledGpu[] {
  const { gpus } = MODELS[model];
  const differences = [
    ...(found.length === gpus.count ? [] : [`${found.length} GPUs where ${gpus.count} belong`]),
    ...found.filter((gpu) => gpu.model !== gpus.model).map((gpu) => `GPU ${gpu.index} is a ${gpu.model}, not a ${gpus.model}`),
    ...found.filter((gpu) => gpu.memory_gib !== gpus.memoryGib).map((gpu) => `GPU ${gpu.index} has ${gpu.memory_gib} GiB, not ${gpus.memoryGib}`),
    ...found.filter((gpu) => gpu.index >= gpus.count).map((gpu) => `there is no GPU ${gpu.index} in a ${model}`),
    ...found.filter((gpu) => gpu.rail >= gpus.count).map((gpu) => `there is no rail ${gpu.rail} in a ${model}`),
    ...repeated(found.map((gpu) => gpu.index)).map((index) => `GPU ${index} is there twice`),
    ...repeated(found.map((gpu) => gpu.rail)).map((rail) => `rail ${rail} has two GPUs`),
    ...repeated(found.map((gpu) => gpu.serial)).map((serial) => `serial ${serial} is there twice`),
  ];
  if (differences.length > 0) refuse('bill-of-materials-differs', { model, differences });
  return found.map((gpu) => ({ id: gpuId(gpu.serial), ...gpu }));
}
