import { newId } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { describeBadInput, startForTest, type Example, type ServiceUnderTest } from '@pioche/testing/service';
import { submitted, TENANT as tenant } from '../test/usage.js';
import { LabModule } from './lab.module.js';
import { runIdOf } from './run/run.js';

const programme = { tenant, name: 'Open weather models', goal: 'A forecast at 1 km' };
const budget = { tenant, funder: 'France 2030', category: 'travel', amount: 100_000, currency: 'EUR' };
const position = { tenant, title: 'Research engineer', kind: 'direct', planned_start: '2027-01-04' };
const person = { tenant, directory: 'uid=4711', joined_on: '2027-01-18' };
const series = { name: 'Conference', rrule: 'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=17', starts: '2025-11-17', place: 'Station F, Paris', budget: 25_000_000 };

describe('the lab’s commands', () => {
  let lab: ServiceUnderTest;

  beforeAll(async () => {
    lab = await startForTest(LabModule, { logs: ['scheduling', 'billing'] });
  });
  afterAll(async () => lab?.stop());

  /** A new one of these, and what may be asked of it. */
  const of = (path: string, body: object, asked: object) => async (): Promise<Example> => ({ params: { id: (await lab.as('operator').done(path, body)).id }, body: asked });
  const project = async () => ({ tenant, name: 'Kilometre-scale forecast', code: 'METEO-1K', programme: (await lab.as('operator').done('/programmes', programme)).id });

  const withMilestone = async (): Promise<Example> => {
    const { id } = await lab.as('operator').done('/projects', await project());
    const { events } = await lab.as('operator').done(`/projects/${id}:planMilestone`, { name: 'Beats 9 km', due: '2027-03-31' });
    return { params: { id }, body: { milestone: events[0]?.data['milestone'], reached_at: '2026-11-17T08:00:00.000Z', evidence: 'doi:10.5281/zenodo.0' } };
  };
  const withCommitment = async (): Promise<Example> => {
    const { id } = await lab.as('operator').done('/budgets', budget);
    const { events } = await lab.as('operator').done(`/budgets/${id}:commit`, { amount: 10, purpose: 'NeurIPS' });
    return { params: { id }, body: { commitment: events[0]?.data['commitment'] } };
  };
  const filled = async (): Promise<Example> => {
    const { id } = await lab.as('operator').done('/positions', position);
    await lab.as('operator').done(`/positions/${id}:fill`, { person: newId('person'), starts_on: '2027-01-18' });
    return { params: { id }, body: { on: '2029-06-30' } };
  };
  const linked = async (): Promise<Example> => {
    const job = newId('job');
    await lab.happened('scheduling', job, [submitted(tenant, newId('project'))]);
    await eventually(async () => expect((await lab.as('operator').get(`/runs/${runIdOf(job)}`)).status).toBe(200));
    return { params: { id: runIdOf(job) }, body: { experiment: 'lr-sweep-3' } };
  };

  describeBadInput(() => lab, {
    '/programmes': { body: programme },
    '/projects': async () => ({ body: await project() }),
    '/projects/{id}:planMilestone': async () => of('/projects', await project(), { name: 'Beats 9 km', due: '2027-03-31' })(),
    '/projects/{id}:reachMilestone': withMilestone,
    '/budgets': { body: budget },
    '/budgets/{id}:commit': of('/budgets', budget, { amount: 10, purpose: 'NeurIPS' }),
    '/budgets/{id}:release': withCommitment,
    '/budgets/{id}:recordActual': of('/budgets', budget, { amount: 10, at: '2026-11-17T08:00:00.000Z', cause: 'train' }),
    '/positions': { body: position },
    '/positions/{id}:fill': of('/positions', position, { person: newId('person'), starts_on: '2027-01-18' }),
    '/positions/{id}:vacate': filled,
    '/positions/{id}:close': of('/positions', position, { reason: 'merged' }),
    '/people': { body: person },
    '/people/{id}:leave': of('/people', person, { left_on: '2029-06-30' }),
    '/event-series': { body: { tenant, ...series } },
    '/event-series/{id}:replan': of('/event-series', { tenant, ...series }, { ...series, place: 'Lyon' }),
    '/event-series/{id}:changeOccurrence': of('/event-series', { tenant, ...series }, { date: '2027-11-17', cancelled: true }),
    '/runs/{id}:assignExperiment': linked,
  });
});
