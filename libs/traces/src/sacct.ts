/**
 * Slurm's accounting, as `sacct -X -P -o JobID,Submit,Start,End,Timelimit,NNodes,AllocTRES,Account` prints it (slurm.schedmd.com/sacct.html):
 * one line per job, fields separated by `|`, in any order, with a header.
 */
import { readLines, type Line } from './csv.js';
import type { TraceJob } from './trace-job.js';

const COLUMNS = ['JobID', 'Submit', 'Start', 'End', 'Timelimit', 'NNodes', 'AllocTRES'];

/** Jobs that never started, have not ended or held no GPU are left out. @throws TraceError */
export function readSacct(file: string): TraceJob[] {
  const jobs = readLines(file, COLUMNS, '|').flatMap((line, index): TraceJob[] => {
    const [startS, endS] = [timeOf(line, 'Start'), timeOf(line, 'End')];
    const gpus = gpusOf(line);
    if (startS === undefined || endS === undefined || gpus === 0) return [];
    const submitS = timeOf(line, 'Submit') ?? line.fail('Submit', 'YYYY-MM-DDTHH:MM:SS expected');
    const nodes = line.number('NNodes', 1);
    if (!Number.isInteger(nodes)) line.fail('NNodes', `a whole number expected, found '${nodes}'`);
    if (gpus % nodes !== 0) line.fail('AllocTRES', `as many GPUs on each of the ${nodes} nodes expected, found ${gpus}`);
    if (endS < startS) line.fail('End', 'a time after Start expected');
    const durationS = Math.max(1, endS - startS);
    return [{ index, arrivalS: submitS, durationS, limitS: Math.max(durationS, limitOf(line) ?? durationS), nodes, gpusPerNode: gpus / nodes, gpuMilli: 1000, group: line.has('Account') ? line.text('Account') : 'all' }];
  });
  return jobs.toSorted((a, b) => a.arrivalS - b.arrivalS || a.index - b.index).map((job, index) => ({ ...job, index }));
}

/** Seconds since 1970, the cluster's local time read as UTC; undefined for `Unknown` and `None`. */
function timeOf(line: Line, column: string): number | undefined {
  const text = line.text(column);
  if (text === 'Unknown' || text === 'None') return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(at) ? line.fail(column, `YYYY-MM-DDTHH:MM:SS expected, found '${text}'`) : at / 1000;
}

/** `[days-]hours:minutes:seconds`; undefined without a limit. */
function limitOf(line: Line): number | undefined {
  const text = line.text('Timelimit');
  if (text === 'UNLIMITED' || text === 'Partition_Limit') return undefined;
  const [, days = '0', hours, minutes, seconds] = /^(?:(\d+)-)?(\d+):(\d\d):(\d\d)$/.exec(text) ?? line.fail('Timelimit', `[DAYS-]HH:MM:SS expected, found '${text}'`);
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/** `…,gres/gpu=4,…`; kinds of GPU (`gres/gpu:h100=4`) are counted in it already. */
function gpusOf(line: Line): number {
  const text = line.text('AllocTRES');
  const [, gpus] = /(?:^|,)gres\/gpu=([^,]*)/.exec(text) ?? [];
  if (gpus === undefined) return 0;
  return /^\d+$/.test(gpus) ? Number(gpus) : line.fail('AllocTRES', `gres/gpu=COUNT expected, found '${text}'`);
}
