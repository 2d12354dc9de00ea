import { jobEvents, queueEvents, quotaEvents, sitePlanEvents, type JobEvent } from '@pioche/contracts';
import { derivedId, instant } from '@pioche/kernel';
import { Engine } from '../engine/index.js';
import { askOf, follow, type EngineEvent } from './replay.js';
import { allowAll } from '../../test/engine-world.js';

const quota = quotaEvents.events.QuotaSet.example;
const queue = derivedId('queue', 'batch');
const node = sitePlanEvents.events.NodeAdmitted.example;
const submitted = { ...jobEvents.events.JobSubmitted.example, queue, time_limit_s: 60 } as Extract<JobEvent, { type: 'JobSubmitted' }>['data'];
const at = (seconds: number) => instant(seconds * 1000);
const [a, b] = [derivedId('job', 'a'), derivedId('job', 'b')];
const allocation = derivedId('allocation', 'a');

const opening: EngineEvent[] = [
  { type: 'QuotaSet', subject: 'quota_x', time: at(0), data: quota },
  { type: 'QueueOpened', subject: queue, time: at(0), data: queueEvents.events.QueueOpened.example },
  { type: 'NodeAdmitted', subject: 'site_plan_x', time: at(0), data: node },
  { type: 'JobSubmitted', subject: a, time: at(1), data: submitted },
  { type: 'JobSubmitted', subject: b, time: at(2), data: submitted },
];
const following = (events: readonly EngineEvent[]): Engine => {
  const engine = Engine.empty(allowAll);
  for (const event of events) follow(engine, event);
  return engine;
};

describe('an engine that follows the log', () => {
  it('knows what was placed, so that its successor goes on where it was', () => {
    const live = following(opening);
    const [placed] = live.plan(2000).placements;
    expect(placed).toMatchObject({ job: a, placements: [{ node: node.node, gpus: [node.gpus[0]!.id] }] });
    const data = { ...jobEvents.events.JobPlaced.example, allocation, placements: placed!.placements } as Extract<JobEvent, { type: 'JobPlaced' }>['data'];
    const event: EngineEvent = { type: 'JobPlaced', subject: a, time: at(2), data };
    follow(live, event);

    const successor = following([...opening, event]);
    for (const engine of [live, successor]) {
      expect(engine.plan(3000).placements).toEqual([]);
      follow(engine, { type: 'JobStarted', subject: a, time: at(5), data: { allocation } });
      engine.plan(5000);
      expect(engine.estimates(5000).get(b)).toBe(65_000);
      follow(engine, { type: 'JobSucceeded', subject: a, time: at(10), data: { allocation } });
      expect(engine.plan(10_000).placements).toMatchObject([{ job: b }]);
    }
  });

  it('places nothing of a tenant while any switch of any plan bars it', () => {
    const { tenant } = quota;
    const bar = { tenant, switch: derivedId('switch', 'x') };
    const engine = following([...opening, { type: 'TenantBarred', subject: 'site_plan_x', time: at(2), data: bar }, { type: 'TenantBarred', subject: 'site_plan_y', time: at(2), data: bar }]);
    follow(engine, { type: 'TenantUnbarred', subject: 'site_plan_x', time: at(3), data: bar });
    expect(engine.plan(3000).placements).toEqual([]);
    expect(engine.why(a, 3000)?.reasons.map(({ code }) => code)).toEqual(['tenant-barred']);
    follow(engine, { type: 'TenantUnbarred', subject: 'site_plan_y', time: at(4), data: bar });
    expect(engine.plan(4000).placements).toHaveLength(1);
  });

  it('knows orders to stop, and that a job that has stopped waits again', () => {
    const live = following(opening);
    live.plan(2000);
    follow(live, { type: 'JobStarted', subject: a, time: at(5), data: { allocation } });
    follow(live, { type: 'JobPreemptionOrdered', subject: a, time: at(6), data: { allocation, reason: 'priority', for: b, stop_by: at(30) } });
    expect(live.plan(7000)).toMatchObject({ placements: [], evictions: [] });
    expect(live.plan(30_000).evictions).toEqual([{ job: a, reason: 'grace-over' }]);
    follow(live, { type: 'JobCheckpointed', subject: a, time: at(29), data: { allocation, checkpoint: 1 } });
    follow(live, { type: 'JobPreempted', subject: a, time: at(29), data: { allocation } });
    expect(live.plan(31_000).placements).toHaveLength(1);
    expect(live.pending()).toHaveLength(1);
  });

  it('knows the deadline of a drain, and where a repaired gang is', () => {
    const spare = { ...node, node: derivedId('node', 'spare'), name: 'spare', gpus: node.gpus.map((gpu) => ({ ...gpu, id: derivedId('gpu', 'spare') })) };
    const engine = following([...opening.slice(0, 4), { type: 'NodeAdmitted', subject: 'site_plan_x', time: at(1), data: spare }]);
    engine.plan(2000);
    follow(engine, { type: 'NodeCordoned', subject: 'site_plan_x', time: at(3), data: { node: node.node, reason: 'firmware', deadline: at(10) } });
    expect(engine.plan(3000)).toMatchObject({ evictions: [] });
    expect(engine.plan(10_000)).toMatchObject({ evictions: [{ job: a, reason: 'drain' }] });
    const placements = [{ node: spare.node, gpus: [spare.gpus[0]!.id] }];
    const data = jobEvents.events.JobRepaired.data.parse({ ...jobEvents.events.JobRepaired.example, placements });
    follow(engine, { type: 'JobRepaired', subject: a, time: at(10), data });
    expect([engine.jobsOn(node.node), engine.jobsOn(spare.node)]).toEqual([[], [a]]);
  });

  it('places nothing on reserved nodes or above a power cap', () => {
    const { node: reserved } = node;
    const keep = sitePlanEvents.events.NodesReserved.data.parse({ ...sitePlanEvents.events.NodesReserved.example, nodes: [reserved], from: at(0), to: at(100) });
    const ends: readonly [EngineEvent, EngineEvent][] = [
      [{ type: 'NodesReserved', subject: 'site_plan_x', time: at(0), data: keep }, { type: 'ReservationEnded', subject: 'site_plan_x', time: at(9), data: { reservation: keep.reservation } }],
      [{ type: 'PowerCapSet', subject: 'site_plan_x', time: at(0), data: { site: node.site, max_watts: 699, gpu_watts: [{ gpu_model: node.gpus[0]!.model, watts: 700 }] } }, { type: 'PowerCapLifted', subject: 'site_plan_x', time: at(9), data: { site: node.site } }],
    ];
    for (const [begins, over] of ends) {
      const engine = following([...opening, begins]);
      expect([begins.type, engine.plan(2000).placements]).toEqual([begins.type, []]);
      follow(engine, over);
      expect([over.type, engine.plan(9000).placements.length]).toEqual([over.type, 1]);
    }
  });

  it('says what a job asks for, all of it', () => {
    const wishes = { mig_profile: '2g.20gb', gpu_milli: 250, topology: { required: 'unit' }, deadline: at(600), preemptible: false } as const;
    expect(askOf(a, { ...submitted, ...wishes }, 1000)).toMatchObject({ migProfile: '2g.20gb', gpuMilli: 250, topology: { required: 'unit' }, deadlineMs: 600_000, preemptible: false });
    const engine = following([...opening.slice(0, 3), { type: 'JobSubmitted', subject: a, time: at(1), data: { ...submitted, ...wishes } }]);
    const [placed] = engine.plan(2000).placements;
    expect(placed?.placements).toMatchObject([{ node: node.node, migStart: expect.any(Number) }]);
    const successor = following([...opening.slice(0, 3), { type: 'JobSubmitted', subject: a, time: at(1), data: { ...submitted, ...wishes } }]);
    const { migStart } = placed!.placements[0]!;
    const data = { ...jobEvents.events.JobPlaced.example, allocation, placements: [{ node: node.node, gpus: placed!.placements[0]!.gpus, mig_start: migStart }] } as Extract<JobEvent, { type: 'JobPlaced' }>['data'];
    follow(successor, { type: 'JobPlaced', subject: a, time: at(2), data });
    follow(engine, { type: 'JobPlaced', subject: a, time: at(2), data });
    expect(successor.jobsOn(node.node)).toEqual([a]);
  });

  it('gives GPUs back when a job is requeued, cancelled or fenced', () => {
    const ends: EngineEvent[] = [
      { type: 'JobRequeued', subject: a, time: at(9), data: { allocation, reason: 'node quarantined' } },
      { type: 'JobCancelled', subject: a, time: at(9), data: {} },
      { type: 'JobFenced', subject: a, time: at(9), data: { switch: derivedId('switch', 'x') } },
    ];
    for (const end of ends) {
      const engine = following(opening);
      engine.plan(2000);
      follow(engine, end);
      expect(engine.plan(9000).placements.map(({ job }) => job)).toEqual([end.type === 'JobRequeued' ? a : b]);
    }
  });
});
