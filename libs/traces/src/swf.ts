/**
 * Standard Workload Format (Feitelson's Parallel Workloads Archive, version 2.2): 18 numbers a line, `;` begins a comment,
 * −1 is "not known". A processor is a GPU here; more than eight are whole nodes.
 */
import { readText } from './csv.js';
import { TraceError, type TraceJob } from './trace-job.js';
import { gpuShape } from './gpu-shape.js';

const FIELDS = ['job', 'submit', 'wait', 'run', 'allocated', 'cpu', 'memory', 'requested', 'requested_time', 'requested_memory', 'status', 'user', 'group', 'executable', 'queue', 'partition', 'preceding', 'think'] as const;

/** Jobs that never ran are left out. @throws TraceError */
export function readSwf(file: string): TraceJob[] {
  const jobs = readText(file).split(/\r?\n/).flatMap((content, index): TraceJob[] => {
    const line = content.trim();
    if (line === '' || line.startsWith(';')) return [];
    const fail = (column: string, problem: string): never => {
      throw new TraceError(file, index + 1, column, problem);
    };
    const fields = line.split(/\s+/);
    if (fields.length !== FIELDS.length) fail('line', `${FIELDS.length} fields expected, ${fields.length} found`);
    const number = (column: (typeof FIELDS)[number]): number => {
      const text = fields[FIELDS.indexOf(column)]!;
      const value = Number(text);
      return Number.isFinite(value) ? value : fail(column, `a number expected, found '${text}'`);
    };
    const durationS = number('run');
    const gpus = number('requested') > 0 ? number('requested') : number('allocated');
    if (durationS < 0 || gpus === -1) return [];
    const submit = number('submit');
    if (submit < 0) fail('submit', `a number of at least 0 expected, found '${submit}'`);
    if (!Number.isInteger(gpus) || gpus < 1) fail('requested', `a whole number of at least 1 expected, found '${gpus}'`);
    const asked = number('requested_time');
    return [{ index, arrivalS: submit, durationS: Math.max(1, durationS), limitS: Math.max(1, asked > 0 ? asked : durationS, durationS), ...gpuShape(gpus), gpuMilli: 1000, group: `${number('group')}` }];
  });
  return jobs.toSorted((a, b) => a.arrivalS - b.arrivalS || a.index - b.index).map((job, index) => ({ ...job, index }));
}
