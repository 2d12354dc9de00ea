import { projectEvents } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('projects')
export class ProjectRow {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  @Index() @Column('text') programme!: string;
  @Column('text') name!: string;
  @Column('text') code!: string;
  @InstantColumn() started_at!: string;
}

@Entity('milestones')
export class MilestoneRow {
  @PrimaryColumn('text') project!: string;
  @PrimaryColumn('text') milestone!: string;
  @Column('text') name!: string;
  @Column('date') due!: string;
  @InstantColumn({ nullable: true }) reached_at!: string | null;
  @Column('text', { nullable: true }) evidence!: string | null;
}

/** Projects, and what each is to show by when. */
export const projects = projection({ projects: ProjectRow, milestones: MilestoneRow }, { version: 1, from: projectEvents }, {
  ProjectStarted: ({ projects }, { subject, time, data }) => projects.put({ id: subject, ...data, started_at: time }),
  MilestonePlanned: ({ milestones }, { subject, data: { milestone, name, due } }) =>
    milestones.upsert({ project: subject, milestone }, { name, due, reached_at: null, evidence: null }, { name, due }),
  MilestoneReached: ({ milestones }, { subject, data: { milestone, reached_at, evidence } }) =>
    milestones.patch({ project: subject, milestone }, { reached_at, evidence }),
});
