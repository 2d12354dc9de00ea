import { jobEvents, queueEvents, quotaEvents, sitePlanEvents, type JobEvent } from '@pioche/contracts';
import { derivedId, instant } from '@pioche/kernel';
import { Engine } from '../engine/index.js';
import { follow, type EngineEvent } from './replay.js';
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
