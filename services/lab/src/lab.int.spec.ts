import { idOf, newId, type Id } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { startForTest, type Client, type ServiceUnderTest } from '@pioche/testing/service';
import { askedToStop, opened, OTHER_TENANT, preempted, repaired, started, submitted, succeeded, TENANT } from '../test/usage.js';
import { LabModule } from './lab.module.js';
import { runIdOf } from './run/run.js';

const ProjectId = idOf('project');
interface Items { readonly items: readonly Readonly<Record<string, unknown>>[] }

describe('the lab, from command to answer', () => {
  let service: ServiceUnderTest;
  let operator: Client;
  let admin: Client;

  beforeAll(async () => {
    service = await startForTest(LabModule, { logs: ['scheduling', 'billing'] });
    operator = service.as('operator');
    admin = service.as('tenant_admin', TENANT);
  });
  afterAll(async () => service?.stop());

  const startProject = async (who: Client = admin, body: object = {}): Promise<Id<'project'>> => {
    const { id: programme } = await who.done('/programmes', { name: 'Open weather models', goal: 'A forecast at 1 km', ...body });
    return ProjectId.parse((await who.done('/projects', { programme, name: 'Kilometre-scale forecast', code: 'METEO-1K', ...body })).id);
  };

  describe('a project', () => {
    it('is started under a programme, and shows its milestones as they are reached', async () => {
      const project = await startProject();
      const planned = await admin.done(`/projects/${project}:planMilestone`, { name: 'Beats the 9 km model', due: '2026-11-16' }, { match: 1 });
      const milestone = planned.events[0]?.data['milestone'];
      expect((await admin.get(`/projects/${project}`)).body).toMatchObject({ project, version: 2, tenant: TENANT, code: 'METEO-1K', milestones: [{ milestone, status: 'late' }] });
      const before = service.now;
      service.advance('2026-11-17T09:30:00.000Z');
      await admin.done(`/projects/${project}:reachMilestone`, { milestone, reached_at: before, evidence: 'doi:10.5281/zenodo.0000000' }, { match: 2 });
      expect((await admin.get(`/projects/${project}`)).body).toMatchObject({ version: 3, milestones: [{ status: 'reached', reached_at: before, evidence: 'doi:10.5281/zenodo.0000000' }] });
      expect((await admin.get(`/projects/${project}?as_of=${before}`)).body).toMatchObject({ version: 2, milestones: [{ status: 'late', reached_at: null }] });
    });

    it('does not exist for another tenant, but for operators and auditors', async () => {
      const project = await startProject();
      const stranger = service.as('tenant_admin', OTHER_TENANT);
      const theirs = await startProject(stranger);
      for (const path of [`/projects/${project}`, `/projects/${project}?as_of=${service.now}`, `/projects/${project}/burn`]) {
        expect(await stranger.get(path)).toMatchObject({ status: 404, body: { code: 'unknown' } });
        for (const role of ['operator', 'auditor'] as const) expect((await service.as(role).get(path)).status).toBe(200);
      }
      expect((await stranger.get<Items>('/projects')).body.items).toMatchObject([{ project: theirs }]);
      expect((await stranger.get<Items>(`/projects?tenant=${TENANT}`)).body.items).toEqual([]);
      expect((await operator.get<Items>(`/projects?tenant=${OTHER_TENANT}`)).body.items).toMatchObject([{ project: theirs }]);
      expect(await stranger.post(`/projects/${project}:planMilestone`, { name: 'Ours', due: '2027-01-01' })).toMatchObject({ status: 404, body: { code: 'unknown' } });
      expect(await stranger.post('/programmes', { tenant: TENANT, name: 'x', goal: 'y' })).toMatchObject({ status: 404 });
      expect(await stranger.get(`/burn?period=2026-11&tenant=${TENANT}`)).toMatchObject({ status: 404, body: { code: 'unknown' } });
      expect(await service.as('auditor').post('/programmes', { name: 'x', goal: 'y' })).toMatchObject({ status: 403 });
    });

    it('has an owner: the caller’s tenant, or the one that an operator names', async () => {
      expect(await operator.post('/programmes', { name: 'x', goal: 'y' })).toMatchObject({ status: 422, body: { code: 'tenant-missing' } });
      const project = await startProject(operator, { tenant: TENANT });
      expect((await admin.get(`/projects/${project}`)).body).toMatchObject({ project, tenant: TENANT });
    });
  });

  describe('a budget', () => {
    it('shows what is committed, spent and left, by funder and category too', async () => {
      const own = service.as('tenant_admin', 'tenant_01h2xcejqtf2nbrexx3vqjhp43');
      const open = async (category: string, amount: number) => (await own.done('/budgets', { funder: 'France 2030', category, amount, currency: 'EUR' })).id;
      const id = await open('travel', 100_000);
      await open('travel', 50_000);
      await open('event', 70_000);
      const made = await own.done(`/budgets/${id}:commit`, { amount: 60_000, purpose: 'NeurIPS' });
      const commitment = made.events[0]?.data['commitment'];
      const before = service.now;
      service.advance('2026-11-18T09:00:00.000Z');
      await own.done(`/budgets/${id}:recordActual`, { commitment, amount: 45_000, at: before, cause: 'flight' });
      await own.done(`/budgets/${id}:recordActual`, { amount: 5_000, at: before, cause: 'train' });
      expect(await own.post(`/budgets/${id}:commit`, { amount: 35_001, purpose: 'ICML' })).toMatchObject({ status: 422, body: { code: 'commitment-above-the-rest', details: { rest: 35_000 } } });

      const after = { budget: id, version: 4, spent: 50_000, committed: 15_000, rest: 35_000 };
      expect((await own.get(`/budgets/${id}`)).body).toMatchObject({ ...after, commitments: [{ commitment, purpose: 'NeurIPS', amount: 60_000, left: 15_000 }], actuals: [{ cause: 'flight' }, { cause: 'train' }] });
      expect((await own.get(`/budgets/${id}?as_of=${before}`)).body).toMatchObject({ version: 2, spent: 0, committed: 60_000, rest: 40_000, actuals: [] });
      expect((await own.get<Items>('/budgets?category=travel')).body.items).toHaveLength(2);
      expect((await own.get<Items>('/budgets/by-funder')).body.items).toEqual([
        { funder: 'France 2030', category: 'event', amount: 70_000, spent: 0, committed: 0, rest: 70_000 },
        { funder: 'France 2030', category: 'travel', amount: 150_000, spent: 50_000, committed: 15_000, rest: 85_000 },
      ]);
      await own.done(`/budgets/${id}:release`, { commitment });
      expect((await own.get(`/budgets/${id}`)).body).toMatchObject({ committed: 0, rest: 50_000, commitments: [] });
    });
  });

  describe('the hiring plan', () => {
    it('counts seats as they are opened, filled, vacated and closed', async () => {
      const own = service.as('tenant_admin', 'tenant_01h2xcejqtf2nbrexx3vqjhp44');
      const { id: person } = await own.done('/people', { directory: 'uid=4711', joined_on: '2027-01-18' });
      const open = async (kind: string) => (await own.done('/positions', { title: 'Research engineer', kind, planned_start: '2027-01-04' })).id;
      const [filled, late, closed] = [await open('direct'), await open('direct'), await open('indirect')];
      await own.done(`/positions/${filled}:fill`, { person, starts_on: '2027-01-18' });
      await own.done(`/positions/${closed}:close`, { reason: 'merged' });
      expect((await own.get('/hiring-plan?on=2027-02-01')).body).toEqual({
        on: '2027-02-01', direct: { filled: 1, arriving: 0, late: 1, planned: 0 }, indirect: { filled: 0, arriving: 0, late: 0, planned: 0 },
      });
      expect((await own.get<Items>(`/positions?person=${person}`)).body.items).toMatchObject([{ position: filled, status: 'filled', starts_on: '2027-01-18' }]);
      expect((await own.get<Items>('/positions?status=open')).body.items).toMatchObject([{ position: late }]);
      await own.done(`/positions/${filled}:vacate`, { on: '2029-06-30' });
      await own.done(`/people/${person}:leave`, { left_on: '2029-06-30' });
      expect((await own.get(`/positions/${filled}`)).body).toMatchObject({ status: 'open', person: null });
      expect((await own.get(`/people/${person}`)).body).toMatchObject({ directory: 'uid=4711', left_on: '2029-06-30' });
      expect((await own.get<Items>('/people')).body.items).toHaveLength(1);
    });
  });

  describe('a series of events', () => {
    it('is the conference of every 17 November at Station F, and what else takes place', async () => {
      const own = service.as('tenant_admin', 'tenant_01h2xcejqtf2nbrexx3vqjhp45');
      const conference = { name: 'Conference', rrule: 'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=17', starts: '2025-11-17', place: 'Station F, Paris', budget: 25_000_000 };
      const { id } = await own.done('/event-series', conference);
      await own.done('/event-series', { name: 'Open day', rrule: 'FREQ=YEARLY;BYMONTH=6;BYDAY=1SA', starts: '2026-06-06', place: 'Bruyères', budget: 100_000 });
      await own.done(`/event-series/${id}:changeOccurrence`, { date: '2027-11-17', place: 'Grenoble', budget: 30_000_000 });
      await own.done(`/event-series/${id}:changeOccurrence`, { date: '2028-11-17', cancelled: true });
      const { body } = await own.get<Items>('/events/upcoming?from=2026-11-17&count=6');
      expect(body.items.map(({ date, place, budget }) => [date, place, budget])).toEqual([
        ['2026-11-17', 'Station F, Paris', 25_000_000],
        ['2027-06-05', 'Bruyères', 100_000],
        ['2027-11-17', 'Grenoble', 30_000_000],
        ['2028-06-03', 'Bruyères', 100_000],
        ['2029-06-02', 'Bruyères', 100_000],
        ['2029-11-17', 'Station F, Paris', 25_000_000],
      ]);
      expect((await own.get(`/event-series/${id}`)).body).toMatchObject({ version: 3, changes: { '2028-11-17': { cancelled: true } } });
      await own.done(`/event-series/${id}:replan`, { ...conference, place: 'Lyon' });
      expect((await own.get<Items>('/events/upcoming?from=2026-11-01&count=1')).body.items).toMatchObject([{ event_series: id, place: 'Lyon' }]);
      expect(await own.post('/event-series', { ...conference, rrule: 'every year' })).toMatchObject({ status: 422, body: { code: 'rule-not-understood' } });
    });
  });

  describe('a job of a project', () => {
    it('is a run of it, from the queue to its end, with the GPU time that it takes', async () => {
      const project = await startProject();
      const [job, other] = [newId('job'), newId('job')];
      const at = (time: string) => ({ time: `2026-11-18T${time}.000Z`, tenant: TENANT });
      await service.happened('scheduling', other, [submitted(TENANT)], at('10:00:00'));
      await service.happened('scheduling', job, [submitted(TENANT, project)], at('10:00:00'));
      const run = runIdOf(job);
      await eventually(async () => expect((await admin.get(`/runs/${run}`)).body).toMatchObject({ run, project, job, name: 'pretrain-7b', status: 'queued' }));

      await service.happened('scheduling', job, [opened(job, project, '2026-11-18T11:00:00.000Z'), started(job)], at('11:00:00'));
      service.advance('2026-11-18T11:00:30.000Z');
      const running = await admin.get(`/runs/${run}`, { 'pioche-simulated-time': service.now });
      expect(running.body).toMatchObject({ status: 'running', started_at: '2026-11-18T11:00:00.000Z', gpu_micro_seconds: String(8000 * 30_000) });

      await service.happened('scheduling', job, succeeded(job, project, '2026-11-18T11:00:00.000Z'), at('12:00:00'));
      await admin.done(`/runs/${run}:assignExperiment`, { experiment: 'lr-sweep-3' }, { match: 1 });
      const ended = { run, version: 2, experiment: 'lr-sweep-3', status: 'succeeded', ended_at: '2026-11-18T12:00:00.000Z', gpu_micro_seconds: String(8000 * 3_600_000) };
      expect((await admin.get<Items>(`/runs?project=${project}`)).body.items).toMatchObject([ended]);
      expect((await admin.get<Items>('/runs?experiment=lr-sweep-3')).body.items).toHaveLength(1);
      expect((await admin.get<Items>(`/runs?job=${other}`)).body.items).toEqual([]);
      expect((await service.as('tenant_member', OTHER_TENANT).get<Items>('/runs')).body.items).toEqual([]);
    });

    it('counts the GPU time of a run that goes on with other nodes and makes room, and none while it waits', async () => {
      const project = await startProject();
      const job = newId('job');
      const at = (time: string) => ({ time: `2026-11-18T${time}.000Z`, tenant: TENANT });
      const [begun, mended] = ['2026-11-18T11:00:00.000Z', '2026-11-18T11:10:00.000Z'];
      const shows = (run: object) => eventually(async () => expect((await admin.get(`/runs/${runIdOf(job)}`)).body).toMatchObject(run));
      await service.happened('scheduling', job, [submitted(TENANT, project)], at('10:00:00'));
      await service.happened('scheduling', job, [opened(job, project, begun), started(job)], at('11:00:00'));
      await service.happened('scheduling', job, repaired(job, project, begun, mended), at('11:10:00'));
      await shows({ status: 'placed', started_at: begun });
      await service.happened('scheduling', job, [started(job), askedToStop(job)], at('11:15:00'));
      await shows({ status: 'checkpointing' });
      await service.happened('scheduling', job, preempted(job, project, mended), at('11:16:00'));
      await shows({ status: 'queued', reason: 'preempted', gpu_micro_seconds: String(8000 * 16 * 60_000) });
    });
  });
});
