import { given } from '@pioche/testing';
import { assignExperiment, linkRun, run, runIdOf, type RunEvent } from './run.js';

const data = { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', job: 'job_01h2xcejqtf2nbrexx3vqjhp41', project: 'project_01h2xcejqtf2nbrexx3vqjhp41' } as const;
const linked: RunEvent = { type: 'RunLinked', data };

describe('a run', () => {
  it('is a job of a project: the same job is the same run', () => {
    given(run).when(linkRun, data).then(linked);
    expect(runIdOf(data.job)).toBe(runIdOf(data.job));
    expect(runIdOf(data.job)).not.toBe(runIdOf('job_01h2xcejqtf2nbrexx3vqjhp42'));
  });
  it('says nothing when linked again, and is refused for another project', () => {
    given(run, [linked]).when(linkRun, data).then();
    given(run, [linked]).when(linkRun, { ...data, project: 'project_01h2xcejqtf2nbrexx3vqjhp42' }).refuses('run-linked-elsewhere', { project: data.project });
  });
  it('may be told its experiment later', () =>
    given(run, [linked]).when(assignExperiment, { experiment: 'lr-sweep-3' }).then({ type: 'RunLinked', data: { ...data, experiment: 'lr-sweep-3' } }));
});
