import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPhilly } from './philly.js';
import { readPioche } from './pioche.js';
import { busiestDays } from './window.js';

const folder = mkdtempSync(join(tmpdir(), 'pioche-'));
const file = (content: string): string => {
  const path = join(folder, `${Math.random()}.csv`);
  writeFileSync(path, content);
  return path;
};
const PHILLY = 'timestamp,duration,num_gpus,gpu_time,cluster\n';
const PIOCHE = 'job,arrival_s,duration_s,limit_min,nodes,gpus_per_node\n';

describe('a Philly trace', () => {
  it('becomes jobs in order of arrival, gangs as whole nodes', () => {
    const jobs = readPhilly(file(`${PHILLY}2017-09-04 10:30:41,120.0,16,1920.0,a\n2017-09-04 10:30:40,4000,3,12000,b\n`));
    expect(jobs).toMatchObject([
      { index: 1, nodes: 1, gpusPerNode: 3, durationS: 4000, limitS: 6000, group: 'b' },
      { index: 0, nodes: 2, gpusPerNode: 8, durationS: 120, limitS: 600, group: 'a' },
    ]);
  });

  it.each([
    ['2017-09-04,1,1,1,a', /:2: timestamp: YYYY-MM-DD HH:MM:SS expected/],
    ['2017-09-04 10:30:41,soon,1,1,a', /:2: duration: a number of at least 0 expected, found 'soon'/],
    ['2017-09-04 10:30:41,1,12,1,a', /:2: num_gpus: 1 to 8 or a multiple of 8 expected/],
    ['2017-09-04 10:30:41,1,1,1', /:2: line: 5 fields expected, 4 found/],
  ])('is refused with file, line and column: %s', (line, message) => expect(() => readPhilly(file(PHILLY + line))).toThrow(message));
});

describe('a trace in our own format', () => {
  it('is read', () => expect(readPioche(file(`${PIOCHE}0,0.0,14400,252,2,8\n`))).toMatchObject([{ arrivalS: 0, limitS: 15_120, nodes: 2, gpusPerNode: 8 }]));
  it('is refused where a node would need nine GPUs', () => expect(() => readPioche(file(`${PIOCHE}0,0,1,1,1,9\n`))).toThrow(/:2: gpus_per_node: 1 to 8 expected, found '9'/));
  it('is refused without its columns', () => expect(() => readPioche(file('job,arrival\n'))).toThrow(/:1: header: missing arrival_s/));
});

it('the busiest days of a trace are found, and counted from their start', () => {
  const at = (days: number) => ({ index: 0, arrivalS: days * 86_400, durationS: 1, limitS: 1, nodes: 1, gpusPerNode: 1, gpuMilli: 1000, group: 'a' });
  const jobs = [0, 3, 5, 5.2, 5.9, 6.3].map(at);
  expect(busiestDays(jobs, 1).map(({ index, arrivalS }) => [index, Math.round(arrivalS / 8_640) / 10])).toEqual([[0, 0], [1, 0.2], [2, 0.9]]);
  expect(busiestDays(jobs, 30)).toHaveLength(6);
});
