import { given } from '@pioche/testing';
import { openProgramme, programme } from '../programme/programme.js';
import { project, type ProjectEvent } from './project.js';
import { planMilestone, reachMilestone, startProject } from './project.commands.js';

const MILESTONE = 'milestone_01h2xcejqtf2nbrexx3vqjhp41';
const data = {
  programme: 'programme_01h2xcejqtf2nbrexx3vqjhp41',
  name: 'Kilometre-scale forecast',
  tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
  code: 'METEO-1K',
} as const;
const started: ProjectEvent = { type: 'ProjectStarted', data };
const planned: ProjectEvent = { type: 'MilestonePlanned', data: { milestone: MILESTONE, name: 'Beats 9 km', due: '2027-03-31' } };
const reach = { milestone: MILESTONE, reached_at: '2026-11-17T08:00:00Z', evidence: 'doi:x' } as const;

describe('a programme', () => {
  it('is opened once', () => {
    const request = { tenant: data.tenant, name: 'Open weather', goal: 'a forecast at 1 km' };
    const opened = given(programme).when(openProgramme, request).events();
    given(programme, opened).when(openProgramme, request).refuses('already-exists');
  });
});

describe('a project', () => {
  it('starts under a programme, for a tenant that alone sees it', () => {
    given(project).when(startProject, data).then(started);
    expect(project.tenantOf?.(given(project, [started]).state())).toBe(data.tenant);
  });

  it('plans milestones, and moves them', () => {
    given(project, [started]).when(planMilestone, { name: 'Beats 9 km', due: '2027-03-31' }).thenMatching({ type: 'MilestonePlanned' });
    given(project, [started, planned])
      .when(planMilestone, { milestone: MILESTONE, name: 'Beats 9 km', due: '2027-06-30' })
      .thenMatching({ type: 'MilestonePlanned', data: { due: '2027-06-30' } });
    given(project, [started]).when(planMilestone, { milestone: MILESTONE, name: 'x', due: '2027-06-30' }).refuses('milestone-unknown', { known: [] });
  });

  it('reaches a milestone once, not before it happened', () => {
    const reached = given(project, [started, planned]).when(reachMilestone, reach).events();
    given(project, [started, planned, ...reached]).when(reachMilestone, reach).refuses('milestone-reached');
    given(project, [started, planned, ...reached]).when(planMilestone, { milestone: MILESTONE, name: 'x', due: '2028-01-01' }).refuses('milestone-reached');
    given(project, [started, planned]).when(reachMilestone, { ...reach, reached_at: '2099-01-01T00:00:00Z' }).refuses('reached-in-the-future');
  });
});
