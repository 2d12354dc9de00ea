import { Controller } from '@nestjs/common';
import { idOf, refuse } from '@pioche/kernel';
import { pageOf, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { Listing, listRows, mapPage, scope } from '../listing.js';
import { MilestoneRow, ProjectRow, projects } from './projects.js';

const ById = z.object({ project: idOf('project') });
const Projects = Listing.extend({ programme: idOf('programme').optional() });
const Milestone = z.object({
  milestone: z.string(),
  name: z.string(),
  due: z.iso.date(),
  status: z.enum(['planned', 'late', 'reached']),
  reached_at: z.string().nullable(),
  evidence: z.string().nullable(),
});
const Project = z.object({
  id: z.string(),
  tenant: z.string(),
  programme: z.string(),
  name: z.string(),
  code: z.string(),
  started_at: z.string(),
  milestones: z.array(Milestone).meta({ description: 'By due day.' }),
});

@Controller()
export class ProjectsController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/projects', summary: 'Every project, with its milestones.', may: 'read-lab', query: Projects, returns: pageOf(Project), from: [projects] })
  async listProjects({ query: { page_size, page_token, ...filters }, caller, now }: Asked<undefined, typeof Projects>) {
    const rows = await listRows(this.db, ProjectRow, 'id', scope(caller, filters), { page_size, page_token });
    const milestones = await this.milestonesOf(rows.items.map(({ id }) => id));
    return mapPage(rows, (row) => shown(row, milestones, now));
  }

  @Query({ path: '/projects/{project}', summary: 'One project, with its milestones.', may: 'read-lab', params: ById, returns: Project, from: [projects] })
  async showProject({ params: { project }, caller, now }: Asked<typeof ById>) {
    const row = (await this.db.getRepository(ProjectRow).findOneBy(scope(caller, { id: project }))) ?? refuse('unknown', { project });
    return shown(row, await this.milestonesOf([project]), now);
  }

  private milestonesOf(ids: readonly string[]): Promise<MilestoneRow[]> {
    return this.db.getRepository(MilestoneRow).find({ where: { project: In(ids) }, order: { due: 'ASC', milestone: 'ASC' } });
  }
}

function shown(row: ProjectRow, milestones: readonly MilestoneRow[], now: string): z.input<typeof Project> {
  const own = milestones.filter(({ project }) => project === row.id);
  return { ...row, milestones: own.map(({ project: _project, ...milestone }) => ({ ...milestone, status: standingOf(milestone, now) })) };
}

const standingOf = ({ reached_at, due }: Pick<MilestoneRow, 'reached_at' | 'due'>, now: string) =>
  reached_at !== null ? 'reached' : due < now.slice(0, 10) ? 'late' : 'planned';
