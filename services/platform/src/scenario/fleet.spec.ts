import { plusSeconds } from '@pioche/kernel';
import { Fleet, type Assignment } from './fleet.js';

const T0 = '2026-11-01T00:00:00.000Z';
const at = (seconds: number) => plusSeconds(T0, seconds);
const assignment = (allocation: string, over: Partial<Assignment> = {}): Assignment => ({
  allocation, job: `job-${allocation}`, name: allocation, tenant: 't', time_limit_s: 1000, placements: [{ node: 'n', gpus: [`gpu-${allocation}`] }], placed_at: T0, ...over,
});
const told = (fleet: Fleet, assignments: Assignment[], more = {}) => fleet.learn({ cursor: 1, assignments, ended: [], fences: [], ...more }, T0);

it('starts a job, runs it for its duration and finishes it', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a')]);
  expect(fleet.nextDue()).toBe(at(12));
  expect(fleet.reports(at(12))).toEqual([{ kind: 'started', job: 'job-a', allocation: 'a', at: at(12) }]);
  expect(fleet.reports(at(111))).toEqual([]);
  expect(fleet.reports(at(500))).toEqual([{ kind: 'finished', job: 'job-a', allocation: 'a', at: at(112) }]);
  expect(fleet.nextDue()).toBeUndefined();
});

it('stops a job at its limit', () => {
  const fleet = new Fleet(() => 5_000);
  told(fleet, [assignment('a')]);
  expect(fleet.reports(at(2_000))).toMatchObject([{ kind: 'started' }, { kind: 'failed', at: at(1_012), reason: 'time limit' }]);
});

it('takes up again what ran before a restart, without starting it twice', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a', { started_at: at(12) })]);
  expect(fleet.reports(at(200))).toMatchObject([{ kind: 'finished', at: at(112) }]);
});

it('forgets what the scheduler has ended', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a')]);
  fleet.reports(at(12));
  told(fleet, [], { ended: ['a'] });
  expect(fleet.reports(at(200))).toEqual([]);
});

it('saves and stops when it is told to, in time, and goes on from there', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a')]);
  fleet.reports(at(12));
  const stop = (now: number, stop_by: string) => fleet.learn({ cursor: 2, assignments: [assignment('a', { started_at: at(12), stop_by })], ended: [], fences: [] }, at(now));
  stop(40, at(60));
  stop(45, at(60));
  expect(fleet.nextStop()).toBe(at(60));
  expect(fleet.reports(at(200))).toEqual([{ kind: 'stopped', job: 'job-a', allocation: 'a', at: at(60), checkpoint: 1 }]);
  expect(fleet.nextStop()).toBeUndefined();
  told(fleet, [assignment('b', { job: 'job-a', name: 'a', placed_at: at(300) })], { ended: ['a'] });
  expect(fleet.reports(at(1_000))).toMatchObject([{ kind: 'started', at: at(312) }, { kind: 'finished', at: at(312 + 52) }]);
});

it('takes half a minute to stop where it may, and ends by itself where that is sooner', () => {
  const fleet = new Fleet((name) => (name === 'short' ? 10 : 1_000));
  told(fleet, [assignment('long', { stop_by: at(150) }), assignment('short', { stop_by: at(150) })]);
  const reports = fleet.reports(at(500));
  expect(reports.filter(({ kind }) => kind !== 'started')).toEqual([
    { kind: 'stopped', job: 'job-long', allocation: 'long', at: at(30), checkpoint: 1 },
    { kind: 'finished', job: 'job-short', allocation: 'short', at: at(22) },
  ]);
});

it('stops what has not started without a checkpoint', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a', { stop_by: at(10) })]);
  expect(fleet.reports(at(500))).toEqual([{ kind: 'stopped', job: 'job-a', allocation: 'a', at: at(10) }]);
});

it('stops a fenced tenant’s jobs, and every node says so once', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a'), assignment('b', { tenant: 'other' })]);
  const fences = [{ fence: 'f', tenant: 't', nodes: ['n1', 'n2'] }];
  told(fleet, [], { fences });
  told(fleet, [], { fences });
  const reports = fleet.reports(at(500));
  expect(reports.filter(({ kind }) => kind === 'fence_acknowledged')).toHaveLength(2);
  expect(reports.filter(({ kind }) => kind === 'finished')).toMatchObject([{ allocation: 'b' }]);
});

it('fails the job that an interruption meets', () => {
  const fleet = new Fleet(() => 100);
  told(fleet, [assignment('a')]);
  fleet.reports(at(12));
  fleet.interrupt('gpu-a', at(50), 'software bug');
  expect(fleet.reports(at(500))).toEqual([{ kind: 'failed', job: 'job-a', allocation: 'a', at: at(50), reason: 'software bug' }]);
});
