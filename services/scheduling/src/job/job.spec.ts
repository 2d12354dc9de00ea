import { jobEvents, MigProfile, type AllocationEnd, type JobEvent } from '@pioche/contracts';
import { derivedId, plusSeconds, type AnyCommand } from '@pioche/kernel';
import { given, NOW } from '@pioche/testing';
import { cancelJob, checkpointJob, failJob, fenceJob, orderPreemption, placeJob, preemptJob, repairJob, requeueJob, startJob, submitJob, succeedJob } from './job.commands.js';
import { MIG_PROFILES } from '../engine/mig.js';
import { job, JOB_LIFE, type JobStatus } from './job.js';

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
const closed = (reason: AllocationEnd) => ({ type: 'AllocationClosed', data: { ...metered, reason } }) as const;
const ordered = { type: 'JobPreemptionOrdered', data: { allocation, reason: 'priority', for: derivedId('job', 'other'), stop_by: plusSeconds(NOW, 120) } } as const;
const checkpointing: JobEvent[] = [...running, ordered];
const at = { id };

describe('submitting a job', () => {
  it("is for one's own tenant, one whole GPU unless said", () =>
    given(job).when(submitJob, { queue, name: 'train' }, { tenant }).then({ type: 'JobSubmitted', data: { ...data, gpus_per_node: 1 } }));
  it('is for a named tenant when an operator asks', () => given(job).when(submitJob, data).then(submitted));
  it('needs a tenant', () => given(job).when(submitJob, { queue, name: 'train' }).refuses('tenant-required'));
  it("is not for another's tenant", () => given(job).when(submitJob, { ...data, tenant: derivedId('tenant', 'other') }, { tenant }).refuses('not-your-tenant'));
  it('happens once', () => given(job, [submitted]).when(submitJob, data).refuses('job-exists'));
  it('of a MIG instance is for its share of one GPU', () => {
    expect(MigProfile.options).toEqual(Object.keys(MIG_PROFILES));
    given(job).when(submitJob, { queue, name: 'infer', mig_profile: '3g.40gb' }, { tenant }).thenMatching({ type: 'JobSubmitted', data: { nodes: 1, gpus_per_node: 1, gpu_milli: 500, mig_profile: '3g.40gb' } });
    given(job).when(submitJob, { queue, name: 'infer', mig_profile: '1g.10gb', gpu_milli: 125 }, { tenant }).thenMatching({ type: 'JobSubmitted', data: { gpu_milli: 125 } });
  });
  it('may name a topology, a deadline, and that it is not to be asked to make room', () => {
    const wishes = { topology: { required: 'unit' }, deadline: plusSeconds(NOW, 3600), time_limit_s: 3600, preemptible: false } as const;
    given(job).when(submitJob, { ...data, ...wishes }).then({ type: 'JobSubmitted', data: { ...data, ...wishes } });
  });
  it('is refused with a deadline that its limit cannot meet', () => {
    const [deadline, earliest] = [plusSeconds(NOW, 3599), plusSeconds(NOW, 3600)];
    given(job).when(submitJob, { ...data, deadline, time_limit_s: 3600 }).refuses('deadline-too-soon', { field: 'deadline', deadline, time_limit_s: 3600, earliest });
    given(job).when(submitJob, { ...data, deadline: NOW }).refuses('deadline-too-soon');
  });

  it.each([
    [{ mig_profile: '2g.20gb', nodes: 2, gpus_per_node: 1 }, ['nodes'], /ask for nodes 1/],
    [{ mig_profile: '2g.20gb', gpus_per_node: 2, gpu_milli: undefined }, ['gpus_per_node'], /ask for gpus_per_node 1/],
    [{ mig_profile: '2g.20gb', gpus_per_node: 1, gpu_milli: 500 }, ['gpu_milli'], /ask for gpu_milli 250/],
    [{ mig_profile: '5g.50gb' }, ['mig_profile'], /./],
    [{ topology: { required: 'rack' } }, ['topology', 'required'], /./],
    [{ deadline: 'soon' }, ['deadline'], /./],
    [{ preemptible: 'no' }, ['preemptible'], /./],
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
  it('happens once at a time', () => given(job, placed).when(placeJob, decided, at).refuses('transition-not-allowed', { allowed: ['start', 'fail', 'orderPreemption', 'repair', 'requeue', 'cancel', 'fence'] }));
  it('needs the shape that was asked for', () => given(job, [submitted]).when(placeJob, { ...decided, placements: [{ node, gpus: [gpus[0]!] }] }, at).refuses('placement-shape'));
  it('does not take a GPU twice for two', () => given(job, [submitted]).when(placeJob, { ...decided, placements: [{ node, gpus: [gpus[0]!, gpus[0]!] }] }, at).refuses('placement-shape'));
  it('puts a MIG instance where one of its profile may begin', () => {
    const asked: JobEvent = { type: 'JobSubmitted', data: { ...data, gpus_per_node: 1, gpu_milli: 250, mig_profile: '2g.20gb' } };
    const on = (share: object) => ({ ...decided, placements: [{ node, gpus: [gpus[0]!], ...share }] });
    given(job, [asked]).when(placeJob, on({ mig_start: 4 }), at).thenMatching({ type: 'JobPlaced' }, { type: 'AllocationOpened', data: { gpu_milli: 250, placements: [{ mig_start: 4 }] } });
    given(job, [asked]).when(placeJob, on({ mig_start: 1 }), at).refuses('placement-shape', { mig_start: [0, 2, 4] });
    given(job, [asked]).when(placeJob, on({}), at).refuses('placement-shape');
    given(job, [submitted]).when(placeJob, { ...decided, placements: [{ node, gpus, mig_start: 0 }] }, at).refuses('placement-shape');
  });
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

describe('making room', () => {
  const { data: order } = ordered;
  const preempted: JobEvent[] = [...checkpointing, { type: 'JobPreempted', data: { allocation } }, closed('preempted')];

  it('is asked of a job that holds GPUs, once', () => {
    given(job, running).when(orderPreemption, order, at).then(ordered);
    given(job, placed).when(orderPreemption, order, at).then(ordered);
    given(job, checkpointing).when(orderPreemption, order, at).then();
  });
  it('is not asked of one that waits, or of an allocation that has ended', () => {
    given(job, [submitted]).when(orderPreemption, order, at).refuses('allocation-closed', { status: 'queued' });
    given(job, running).when(orderPreemption, { ...order, allocation: earlier }, at).refuses('allocation-closed');
  });
  it('ends with what was saved, and the job waits again', () => {
    given(job, checkpointing).when(preemptJob, { allocation }, at).then({ type: 'JobPreempted', data: { allocation } }, closed('preempted'));
    given(job, checkpointing).when(preemptJob, { allocation, checkpoint: 3 }, at).then(
      { type: 'JobCheckpointed', data: { allocation, checkpoint: 3 } },
      { type: 'JobPreempted', data: { allocation } },
      closed('preempted'),
    );
    expect(given(job, preempted).state()).toMatchObject({ status: 'queued', open: undefined });
  });
  it('may be reported again, and only where it was asked', () => {
    given(job, preempted).when(preemptJob, { allocation, checkpoint: 3 }, at).then();
    given(job, running).when(preemptJob, { allocation }, at).refuses('transition-not-allowed', { status: 'running' });
    given(job, checkpointing).when(preemptJob, { allocation: earlier }, at).refuses('allocation-closed');
    given(job).when(preemptJob, { allocation }, at).refuses('unknown');
  });
  it('lets the job save, start late and end by itself meanwhile', () => {
    given(job, checkpointing).when(checkpointJob, { allocation }, at).then({ type: 'JobCheckpointed', data: { allocation, checkpoint: 1 } });
    given(job, checkpointing).when(succeedJob, { allocation }, at).then({ type: 'JobSucceeded', data: { allocation } }, closed('succeeded'));
    given(job, [...placed, ordered]).when(startJob, { allocation }, at).then({ type: 'JobStarted', data: { allocation } });
    given(job, checkpointing).when(startJob, { allocation }, at).then();
    expect(given(job, [...placed, ordered, { type: 'JobStarted', data: { allocation } }]).state()).toMatchObject({ status: 'checkpointing' });
  });
});

describe('repairing a gang', () => {
  const [lost, spare] = [derivedId('node', 'lost'), derivedId('node', 'spare')];
  const next = derivedId('allocation', 'next');
  const gang: JobEvent[] = [{ ...submitted, data: { ...data, nodes: 2 } }, ...placed.slice(1)];
  const repaired = {
    from: allocation, allocation: next, site: placement.site, site_version: 9, replaced: [{ node: lost, by: spare }],
    placements: [{ node, gpus }, { node: spare, gpus: [derivedId('gpu', '2'), derivedId('gpu', '3')] }],
  };
  const opened = { ...metered, allocation: next, gpu_milli: 4000, site: placement.site, placements: repaired.placements };

  it.each([['placed', gang], ['running', [...gang, running.at(-1)!]], ['checkpointing', [...gang, running.at(-1)!, ordered]]])('closes the allocation of a %s job and opens another of exactly the new GPUs', (_, history) => {
    const events = given(job, history).when(repairJob, repaired, at);
    events.then({ type: 'JobRepaired', data: repaired }, closed('repaired'), { type: 'AllocationOpened', data: opened });
    expect(given(job, [...history, ...events.events()]).state()).toMatchObject({ status: 'placed', open: opened, checkpoints: 0, started: false, closed: { allocation, reason: 'repaired' } });
  });
  it('is of the open allocation, in the shape that was asked for', () => {
    given(job, gang).when(repairJob, { ...repaired, from: earlier }, at).refuses('allocation-closed');
    given(job, gang).when(repairJob, { ...repaired, placements: repaired.placements.slice(1) }, at).refuses('placement-shape', { nodes: 2 });
    given(job, [submitted]).when(repairJob, repaired, at).refuses('allocation-closed', { status: 'queued' });
  });
  it('makes reports of the former allocation news of the past', () => {
    const history = [...gang, ...given(job, gang).when(repairJob, repaired, at).events()];
    given(job, history).when(succeedJob, { allocation }, at).refuses('allocation-closed', { status: 'placed' });
    given(job, history).when(startJob, { allocation: next }, at).then({ type: 'JobStarted', data: { allocation: next } });
  });
});

describe('the table of statuses', () => {
  const end: Partial<Record<JobStatus, JobEvent[]>> = {
    succeeded: [...running, { type: 'JobSucceeded', data: { allocation } }, closed('succeeded')],
    failed: [...running, { type: 'JobFailed', data: { allocation, reason: 'x' } }, closed('failed')],
    cancelled: [...running, { type: 'JobCancelled', data: {} }, closed('cancelled')],
    fenced: [...running, { type: 'JobFenced', data: { switch: by } }, closed('fenced')],
  };
  const histories: Readonly<Record<JobStatus, JobEvent[]>> = { queued: [submitted], placed, running, checkpointing, ...(end as Record<'succeeded' | 'failed' | 'cancelled' | 'fenced', JobEvent[]>) };
  const commands: Readonly<Record<string, readonly [AnyCommand, object]>> = {
    place: [placeJob, { ...placement, gpu_model: 'H100' }],
    start: [startJob, { allocation }],
    checkpoint: [checkpointJob, { allocation }],
    orderPreemption: [orderPreemption, ordered.data],
    preempt: [preemptJob, { allocation }],
    repair: [repairJob, { from: allocation, allocation: derivedId('allocation', 'next'), site: placement.site, site_version: 9, placements: placement.placements, replaced: [{ node: derivedId('node', 'lost'), by: node }] }],
    succeed: [succeedJob, { allocation }],
    fail: [failJob, { allocation, reason: 'x' }],
    requeue: [requeueJob, { allocation, reason: 'x' }],
    cancel: [cancelJob, {}],
    fence: [fenceJob, { switch: by }],
  };

  it.each(Object.entries(histories))('is what commands do to a %s job', (status, history) => {
    const table: Readonly<Record<string, string>> = JOB_LIFE[status as JobStatus];
    for (const [name, [command, input]] of Object.entries(commands)) {
      const outcome = given(job, history).when(command, input, at);
      let after: string | undefined;
      try {
        const events = outcome.events() as JobEvent[];
        if (events.length > 0) after = given(job, [...history, ...events]).state().status;
      } catch {
        // a refusal: the job stays as it is
      }
      // A job that has been started, or asked to stop, is not so again.
      const again = (status === 'running' && name === 'start') || (status === 'checkpointing' && (name === 'start' || name === 'orderPreemption'));
      expect([status, name, after]).toEqual([status, name, again ? undefined : table[name]]);
    }
  });
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
