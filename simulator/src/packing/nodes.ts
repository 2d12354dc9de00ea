/** Nodes of an openb list: `sn,cpu_milli,memory_mib,gpu,model`. */
import { readLines, type Line } from '@pioche/traces';

export interface TraceNode {
  readonly name: string;
  /** Thousandths of a core. */
  readonly cpuMilli: number;
  readonly memoryMib: number;
  readonly gpus: number;
  readonly model: string;
}

/** Bits of a word: what a node of the engine may have. */
const MAX_GPUS = 32;

export function whole(line: Line, column: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = line.number(column, 0);
  return Number.isInteger(value) && value <= max ? value : line.fail(column, `a whole number up to ${max} expected, found '${line.text(column)}'`);
}

/** @returns in order of their names @throws TraceError */
export function readNodes(file: string): TraceNode[] {
  const seen = new Set<string>();
  const nodes = readLines(file, ['sn', 'cpu_milli', 'memory_mib', 'gpu', 'model']).map((line): TraceNode => {
    const name = line.text('sn').trim();
    if (name === '') line.fail('sn', 'a name expected, found nothing');
    if (seen.has(name)) line.fail('sn', `'${name}' is there already`);
    seen.add(name);
    return { name, cpuMilli: whole(line, 'cpu_milli'), memoryMib: whole(line, 'memory_mib'), gpus: whole(line, 'gpu', MAX_GPUS), model: line.text('model').trim() };
  });
  return byName(nodes);
}

export const byName = (nodes: readonly TraceNode[]): TraceNode[] => nodes.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));

/** GPUs of all nodes, in thousandths. */
export const capacityOf = (nodes: readonly TraceNode[]): number => nodes.reduce((sum, { gpus }) => sum + gpus * 1000, 0);
