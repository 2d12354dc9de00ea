import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSacct } from './sacct.js';
import { readSwf } from './swf.js';

const folder = mkdtempSync(join(tmpdir(), 'pioche-'));
const file = (content: string): string => {
  const path = join(folder, `${Math.random()}.txt`);
  writeFileSync(path, content);
  return path;
};
const swf = (over: Readonly<Record<number, string | number>> = {}): string =>
  [7, 100, 5, 600, 16, -1, -1, 16, 1200, -1, 1, 3, 4, -1, 1, -1, -1, -1].map((value, i) => over[i] ?? value).join(' ');

describe('a trace in the Standard Workload Format', () => {
  it('becomes jobs in order of submission; more than eight processors are whole nodes', () => {
    const jobs = readSwf(file(`; Version: 2.2\n${swf()}\n\n  ${swf({ 1: 50, 7: 3, 8: -1 })}\n`));
    expect(jobs).toMatchObject([
      { index: 0, arrivalS: 50, durationS: 600, limitS: 600, nodes: 1, gpusPerNode: 3 },
      { index: 1, arrivalS: 100, durationS: 600, limitS: 1200, nodes: 2, gpusPerNode: 8, group: '4' },
    ]);
  });

  it('takes the processors that were allocated where none were asked for, and leaves out what never ran', () => {
    expect(readSwf(file(`${swf({ 7: -1, 4: 4 })}\n${swf({ 3: -1 })}\n`))).toMatchObject([{ nodes: 1, gpusPerNode: 4 }]);
  });

  it.each([
    ['1 2 3', /:1: line: 18 fields expected, 3 found/],
    [`;\n${swf({ 3: 'x' })}`, /:2: run: a number expected, found 'x'/],
    [swf({ 7: 1.5 }), /:1: requested: a whole number of at least 1 expected, found '1.5'/],
    [swf({ 1: -5 }), /:1: submit: a number of at least 0/],
  ])('is refused with file, line and column: %s', (content, message) => expect(() => readSwf(file(content))).toThrow(message));
});

const HEADER = 'JobID|Submit|Start|End|Timelimit|NNodes|AllocTRES|Account\n';
const line = (over: Partial<Record<'submit' | 'start' | 'end' | 'limit' | 'nodes' | 'tres', string>> = {}): string =>
  ['12', over.submit ?? '2026-01-05T10:00:00', over.start ?? '2026-01-05T10:01:00', over.end ?? '2026-01-05T11:01:00', over.limit ?? '1-02:00:00', over.nodes ?? '2', over.tres ?? 'billing=16,cpu=16,gres/gpu:h100=16,gres/gpu=16,node=2', 'alpha'].join('|');

describe("Slurm's accounting", () => {
  it('becomes jobs with their run times and limits', () => {
    expect(readSacct(file(`${HEADER}${line()}\n${line({ submit: '2026-01-05T09:00:00', limit: '02:00:00' })}\n`))).toMatchObject([
      { index: 0, durationS: 3600, limitS: 7200, nodes: 2, gpusPerNode: 8, group: 'alpha' },
      { index: 1, durationS: 3600, limitS: 93_600, arrivalS: Date.parse('2026-01-05T10:00:00Z') / 1000 },
    ]);
  });

  it('leaves out what has not started or ended, and what held no GPU; without a limit the run time is it', () => {
    const jobs = readSacct(file(`${HEADER}${line({ start: 'Unknown' })}\n${line({ end: 'Unknown' })}\n${line({ tres: 'cpu=4' })}\n${line({ limit: 'UNLIMITED' })}\n`));
    expect(jobs).toMatchObject([{ limitS: 3600 }]);
  });

  it.each([
    [`${HEADER}${line({ submit: 'yesterday' })}`, /:2: Submit: YYYY-MM-DDTHH:MM:SS expected, found 'yesterday'/],
    [`${HEADER}${line({ limit: 'soon' })}`, /:2: Timelimit: \[DAYS-\]HH:MM:SS expected, found 'soon'/],
    [`${HEADER}${line({ tres: 'gres/gpu=many' })}`, /:2: AllocTRES: gres\/gpu=COUNT expected/],
    [`${HEADER}${line({ nodes: '3' })}`, /:2: AllocTRES: as many GPUs on each of the 3 nodes expected, found 16/],
    [`${HEADER}${line({ end: '2026-01-05T10:00:30' })}`, /:2: End: a time after Start expected/],
    ['JobID|Submit\n', /:1: header: missing Start/],
  ])('is refused with file, line and column', (content, message) => expect(() => readSacct(file(content))).toThrow(message));
});
