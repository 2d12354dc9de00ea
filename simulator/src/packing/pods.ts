/** Pods of an openb list: `name,cpu_milli,memory_mib,num_gpu,gpu_milli` and, where it has it, `gpu_spec`. */
import { readLines, type Line } from '@pioche/traces';
import { whole } from './nodes.js';

/** Pods that no filter tells apart. */
export interface PodType {
  /** Thousandths of a core. */
  readonly cpuMilli: number;
  readonly memoryMib: number;
  readonly gpus: number;
  /** Of each GPU: 1000 is a whole one; less only with one GPU; 0 without GPUs. */
  readonly gpuMilli: number;
  /** GPU models that will do; empty: any. */
  readonly models: readonly string[];
}

export interface Pods {
  readonly types: readonly PodType[];
  /** Per type: lines of the file. */
  readonly counts: readonly number[];
  /** The type of each line. */
  readonly lines: Int32Array;
}

export const milliOf = ({ gpus, gpuMilli }: PodType): number => gpus * gpuMilli;

/** @throws TraceError */
export function readPods(file: string): Pods {
  const types: PodType[] = [];
  const counts: number[] = [];
  const known = new Map<string, number>();
  const lines = readLines(file, ['cpu_milli', 'memory_mib', 'num_gpu', 'gpu_milli']).map((line) => {
    const type = typeOf(line);
    const key = JSON.stringify(type);
    const number = known.get(key) ?? types.push(type) - 1;
    known.set(key, number);
    counts[number] = (counts[number] ?? 0) + 1;
    return number;
  });
  return { types, counts, lines: Int32Array.from(lines) };
}

function typeOf(line: Line): PodType {
  const gpus = whole(line, 'num_gpu', 32);
  const asked = whole(line, 'gpu_milli', 1000);
  if (gpus > 0 && asked === 0) line.fail('gpu_milli', '1 to 1000 expected with GPUs, found 0');
  if (gpus > 1 && asked !== 1000) line.fail('gpu_milli', `1000 expected with several GPUs, found '${asked}'`);
  const models = [...new Set(line.text('gpu_spec').split('|').map((model) => model.trim()).filter((model) => model !== '' && model !== 'nan'))].sort();
  return { cpuMilli: whole(line, 'cpu_milli'), memoryMib: whole(line, 'memory_mib'), gpus, gpuMilli: gpus === 0 ? 0 : asked, models: gpus === 0 ? [] : models };
}
