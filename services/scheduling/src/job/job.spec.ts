import { jobEvents, type JobEvent } from '@pioche/contracts';
import { derivedId } from '@pioche/kernel';
import { given, NOW } from '@pioche/testing';
import { cancelJob, checkpointJob, failJob, fenceJob, placeJob, requeueJob, startJob, submitJob, succeedJob } from './job.commands.js';
import { job } from './job.js';

const { tenant, queue } = jobEvents.events.JobSubmitted.example;
const [node, gpus] = [derivedId('node', 'n'), [derivedId('gpu', '0'), derivedId('gpu', '1')]];
const [allocation, earlier] = [derivedId('allocation', 'now'), derivedId('allocation', 'earlier')];
const id = derivedId('job', 'it');
const by = derivedId('switch', 'x');
const data = { tenant, queue, name: 'train', nodes: 1, gpus_per_node: 2, gpu_milli: 1000, priority: 0, data_class: 'internal' };
const submitted = { type: 'JobSubmitted', data } as const;
const placement = { allocation, site: derivedId('site', 's'), site_version: 3, time_limit_s: 60, placements: [{ node, gpus }], permit: { policy: derivedId('policy', 'p'), policy_version: 1, rules: ['baseline'] } };
const metered = { allocation, job: id, tenant, opened_at: NOW, gpu_model: 'H100', gpu_milli: 2000 };
const placed: JobEvent[] = [
  submitted,
  { type: 'JobPlaced', data: placement },
  { type: 'AllocationOpened', data: { ...metered, site: placement.site, placements: placement.placements } },
];
const running: JobEvent[] = [...placed, { type: 'JobStarted', data: { allocation } }];
const closed = (reason: 'succeeded' | 'failed' | 'cancelled' | 'requeued' | 'fenced') => ({ type: 'AllocationClosed', data: { ...metered, reason } }) as const;
const at = { id };

describe('submitting a job', () => {
  it("is for one's own tenant, one whole GPU unless said", () =>
    given(job).when(submitJob, { queue, name: 'train' }, { tenant }).then({ type: 'JobSubmitted', data: { ...data, gpus_per_node: 1 } }));
  it('is for a named tenant when an operator asks', () => given(job).when(submitJob, data).then(submitted));
  it('needs a tenant', () => given(job).when(submitJob, { queue, name: 'train' }).refuses('tenant-required'));
  it("is not for another's tenant", () => given(job).when(submitJob, { ...data, tenant: derivedId('tenant', 'other') }, { tenant }).refuses('not-your-tenant'));
  it('happens once', () => given(job, [submitted]).when(submitJob, data).refuses('job-exists'));

  it.each([
    [{ gpu_milli: 500, nodes: 2, gpus_per_node: 1 }, ['nodes'], /one node/],
    [{ gpu_milli: 500 }, ['gpus_per_node'], /one GPU/],
    [{ gpu_milli: 0 }, ['gpu_milli'], /./],
    [{ gpu_milli: 1001 }, ['gpu_milli'], /./],
    [{ nodes: 0 }, ['nodes'], /./],
    [{ gpus_per_node: 1.5 }, ['gpus_per_node'], /./],
  ])('refuses the shape %j', (shape, path, message) => {
    expect(submitJob.input.safeParse({ ...data, ...shape }).error?.issues[0]).toMatchObject({ path, message: expect.stringMatching(message) });
  });
});

describe('placing a job', () => {
  const decided = { ...placement, gpu_model: 'H100' };
  it('opens an allocation of exactly these GPUs', () => given(job, [submitted]).when(placeJob, decided, at).then(...placed.slice(1)));
  it('keeps the project, for those who pay', () =>
    given(job, [{ ...submitted, data: { ...data, project: derivedId('project', 'p') } }]).when(placeJob, decided, at).thenMatching({ type: 'JobPlaced' }, { type: 'AllocationOpened', data: { project: derivedId('project', 'p') } }));
  it('happens once at a time', () => given(job, placed).when(placeJob, decided, at).refuses('transition-not-allowed', { allowed: ['start', 'fail', 'requeue', 'cancel', 'fence'] }));
  it('needs the shape that was asked for', () => given(job, [submitted]).when(placeJob, { ...decided, placements: [{ node, gpus: [gpus[0]!] }] }, at).refuses('placement-shape'));
  it('does not take a GPU twice for two', () => given(job, [submitted]).when(placeJob, { ...decided, placements: [{ node, gpus: [gpus[0]!, gpus[0]!] }] }, at).refuses('placement-shape'));
  it('needs a permit with a rule', () => expect(placeJob.input.safeParse({ ...decided, permit: { ...decided.permit, rules: [] } }).success).toBe(false));
});

describe("a node's report", () => {
  it('starts the job', () => given(job, placed).when(startJob, { allocation }, at).then({ type: 'JobStarted', data: { allocation } }));
  it('counts checkpoints', () => given(job, running).when(checkpointJob, { allocation, checkpoint: 2 }, at).then({ type: 'JobCheckpointed', data: { allocation, checkpoint: 2 } }));
  it('takes a checkpoint without a number as the next one', () =>
    given(job, [...running, { type: 'JobCheckpointed', data: { allocation, checkpoint: 2 } }]).when(checkpointJob, { allocation }, at).then({ type: 'JobCheckpointed', data: { allocation, checkpoint: 3 } }));
  it('ends the job well', () => given(job, running).when(succeedJob, { allocation }, at).then({ type: 'JobSucceeded', data: { allocation } }, closed('succeeded')));
  it('ends it badly, also before it runs', () =>
    given(job, placed).when(failJob, { allocation, reason: 'image not found' }, at).then({ type: 'JobFailed', data: { allocation, reason: 'image not found' } }, closed('failed')));
  it('puts it back in the queue', () => given(job, running).when(requeueJob, { allocation, reason: 'node lost' }, at).then({ type: 'JobRequeued', data: { allocation, reason: 'node lost' } }, closed('requeued')));
  it('does not end what has not started', () => given(job, placed).when(succeedJob, { allocation }, at).refuses('transition-not-allowed'));

  const requeued: JobEvent[] = [...running, { type: 'JobRequeued', data: { allocation, reason: 'x' } }, closed('requeued')];
  const succeeded: JobEvent[] = [...running, { type: 'JobSucceeded', data: { allocation } }, closed('succeeded')];
  const failed: JobEvent[] = [...running, { type: 'JobFailed', data: { allocation, reason: 'x' } }, closed('failed')];
  const saved: JobEvent[] = [...running, { type: 'JobCheckpointed', data: { allocation, checkpoint: 2 } }];

  it('may come again', () => {
    given(job, running).when(startJob, { allocation }, at).then();
    given(job, saved).when(startJob, { allocation }, at).then();
    given(job, saved).when(checkpointJob, { allocation, checkpoint: 2 }, at).then();
    given(job, succeeded).when(succeedJob, { allocation }, at).then();
    given(job, failed).when(failJob, { allocation, reason: 'x' }, at).then();
    given(job, requeued).when(requeueJob, { allocation, reason: 'x' }, at).then();
  });

  it('is refused for an allocation that has ended', () => {
    given(job, requeued).when(startJob, { allocation }, at).refuses('allocation-closed', { allocation, status: 'queued' });
    given(job, succeeded).when(failJob, { allocation, reason: 'x' }, at).refuses('allocation-closed', { status: 'succeeded' });
    given(job, succeeded).when(startJob, { allocation }, at).refuses('allocation-closed');
    given(job, failed).when(checkpointJob, { allocation, checkpoint: 3 }, at).refuses('allocation-closed');
    given(job, running).when(succeedJob, { allocation: earlier }, at).refuses('allocation-closed');
  });

  it('is refused for a job that nobody knows', () => given(job).when(startJob, { allocation }, at).refuses('unknown', { id }));
});

describe('stopping a job', () => {
  it('takes it out of the queue', () => given(job, [submitted]).when(cancelJob, {}, at).then({ type: 'JobCancelled', data: {} }));
  it('frees what it holds', () => given(job, running).when(cancelJob, {}, at).then({ type: 'JobCancelled', data: {} }, closed('cancelled')));
  it('happens once', () => given(job, [submitted, { type: 'JobCancelled', data: {} }]).when(cancelJob, {}, at).then());
  it('comes too late for one that has ended', () =>
    given(job, [...running, { type: 'JobSucceeded', data: { allocation } }, closed('succeeded')]).when(cancelJob, {}, at).refuses('transition-not-allowed', { status: 'succeeded', allowed: [] }));
  it('by the switch frees what it holds', () => given(job, placed).when(fenceJob, { switch: by }, at).then({ type: 'JobFenced', data: { switch: by } }, closed('fenced')));
  it('by the switch leaves a queued job in its queue', () => given(job, [submitted]).when(fenceJob, { switch: by }, at).then());
});

it('belongs to its tenant', () => expect(job.tenantOf?.(given(job, running).state())).toBe(tenant));
