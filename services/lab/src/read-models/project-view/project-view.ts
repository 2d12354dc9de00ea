import { projectEvents } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('project_view')
export class ProjectRow {
  @PrimaryColumn('text') project!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Index() @Column('text') programme!: string;
  @Column('text') name!: string;
  @Column('text') code!: string;
  @InstantColumn() started_at!: string;
}

@Entity('milestone_view')
export class MilestoneRow {
  @PrimaryColumn('text') project!: string;
  @PrimaryColumn('text') milestone!: string;
  @Column('text', { nullable: true }) tenant!: string | null;
  @Column('text') name!: string;
  @Column('date') due!: string;
  @InstantColumn({ nullable: true }) reached_at!: string | null;
  @Column('text', { nullable: true }) evidence!: string | null;
}

/** Projects, and what each is to show by when. */
export const projectView = projection({ projects: ProjectRow, milestones: MilestoneRow }, { version: 2, from: projectEvents }, {
  ProjectStarted: ({ projects }, { subject, version, time, data }) => projects.put({ project: subject, version, ...data, started_at: time }),
  MilestonePlanned: ({ projects, milestones }, { subject, version, tenant = null, data: { milestone, name, due } }) => {
    projects.patch({ project: subject }, { version });
    milestones.upsert({ project: subject, milestone }, { tenant, name, due, reached_at: null, evidence: null }, { name, due });
  },
  MilestoneReached: ({ projects, milestones }, { subject, version, data: { milestone, reached_at, evidence } }) => {
    projects.patch({ project: subject }, { version });
    milestones.patch({ project: subject, milestone }, { reached_at, evidence });
  },
});
