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
