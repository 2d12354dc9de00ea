import { readFileSync } from 'node:fs';
import { InputError } from '../mode.js';

/** Nodes that are alike. A scalable unit has 32 nodes; in the last one of a SuperPOD a place is its fabric manager's. */
export interface ClusterShape {
  readonly nodes: number;
  readonly gpusPerNode: number;
}

export const NODES_PER_UNIT = 32;
const GPUS_PER_NODE = 8;

/**
 * `127x8`, or the file of a SuperPOD's manifest, JSON with `scalable_units`: n of them have 32n − 1 nodes of 8 GPUs
 * (NVIDIA DGX SuperPOD reference architecture, H100).
 * @throws InputError
 */
export function clusterOf(text: string): ClusterShape {
  const [, nodes, gpus] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (nodes !== undefined) {
    const shape = { nodes: Number(nodes), gpusPerNode: Number(gpus) };
    if (shape.nodes < 1 || shape.gpusPerNode < 1 || shape.gpusPerNode > 32) throw new InputError(`--cluster: at least one node, 1 to 32 GPUs each; found '${text}'`);
    return shape;
  }
  return manifest(text);
}

function manifest(file: string): ClusterShape {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`--cluster: NODESxGPUS or the file of a manifest expected: ${(error as Error).message}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    const at = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? 0);
    throw new InputError(`${file}:${content.slice(0, at).split('\n').length}: manifest: ${(error as Error).message}`);
  }
  const units = typeof parsed === 'object' && parsed !== null && 'scalable_units' in parsed ? parsed.scalable_units : undefined;
  if (typeof units !== 'number' || !Number.isInteger(units) || units < 1) throw new InputError(`${file}:1: scalable_units: a whole number of at least 1 expected, found '${JSON.stringify(units)}'`);
  return { nodes: NODES_PER_UNIT * units - 1, gpusPerNode: GPUS_PER_NODE };
}
