import { Controller } from '@nestjs/common';
import { EventStore } from '@pioche/event-store';
import { idOf, Instant } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { tenantQuery } from '../scope.js';
import { MilestoneRow, ProjectRow, projectView } from './project-view.js';

const Milestone = z.object({
  milestone: z.string(),
  name: z.string(),
  due: z.iso.date(),
  status: z.enum(['planned', 'late', 'reached']),
  reached_at: Instant.nullable(),
  evidence: z.string().nullable(),
});
const Shown = z.object({
  project: z.string(),
  version: z.int(),
  tenant: z.string(),
  programme: z.string(),
  name: z.string(),
  code: z.string(),
  started_at: Instant,
  milestones: z.array(Milestone).meta({ description: 'By the day they are due.' }),
});
const Listing = z.object({ ...pageQuery, ...tenantQuery, programme: idOf('programme').optional() });
const ById = z.object({ id: idOf('project') });
const AsOf = z.object(asOfQuery);

@Controller()
export class ProjectController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/projects', summary: 'Projects, and what each is to show by when.', may: 'read-lab', query: Listing, returns: pageOf(Shown), from: [projectView] })
  async list({ query, caller, now }: Asked<undefined, typeof Listing>) {
    const where = [equal({ tenant: query.tenant, programme: query.programme }), caller.tenantFilter];
    const rows = await pageOfRows(this.db.getRepository(ProjectRow), 'project', query, ...where);
    const milestones = await this.db.getRepository(MilestoneRow).findBy({ project: In(rows.items.map(({ project }) => project)) });
    return { ...rows, items: rows.items.map((row) => shown(row, milestones, now)) };
  }

  @Query({ path: '/projects/{id}', summary: 'One project, now or as it was.', may: 'read-lab', params: ById, query: AsOf, returns: Shown, from: [projectView] })
  async show({ params: { id }, query: { as_of: asOf }, caller, now }: Asked<typeof ById, typeof AsOf>) {
    const [row, milestones] = await (asOf === undefined ? this.present(id) : this.past(id, asOf));
    return shown(ownRow(row, caller, { project: id }), milestones, asOf ?? now);
  }

  private async present(project: string): Promise<[ProjectRow | null, MilestoneRow[]]> {
    return [await this.db.getRepository(ProjectRow).findOneBy({ project }), await this.db.getRepository(MilestoneRow).findBy({ project })];
  }

  private async past(project: string, asOf: Instant): Promise<[ProjectRow | null, MilestoneRow[]]> {
    const events = await this.store.read(project, { asOf });
    return [rowsAfter(projectView, ProjectRow, events)[0] ?? null, rowsAfter(projectView, MilestoneRow, events)];
  }
}

function shown({ project: id, ...row }: ProjectRow, milestones: readonly MilestoneRow[], now: Instant): z.input<typeof Shown> {
  const own = milestones.filter(({ project }) => project === id).sort((a, b) => (a.due < b.due ? -1 : 1));
  return { project: id, ...row, milestones: own.map(({ project: _project, tenant: _tenant, ...milestone }) => ({ ...milestone, status: standingOf(milestone, now) })) };
}

const standingOf = ({ reached_at, due }: Pick<MilestoneRow, 'reached_at' | 'due'>, now: Instant) =>
  reached_at !== null ? 'reached' : due < now.slice(0, 10) ? 'late' : 'planned';
