import { jobEvents, type AllocationEnd, type NodePlacement } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row per stay of a job on GPUs. */
@Entity('allocation_view')
export class AllocationRow {
  @PrimaryColumn('text') allocation!: string;
  @Index() @Column('text') job!: string;
  @Index() @Column('text') tenant!: string;
  @Column('text', { nullable: true }) project!: string | null;
  @Column('text') site!: string;
  @Column('text') gpu_model!: string;
  /** Thousandths of a GPU, all GPUs together. */
  @Column('int') gpu_milli!: number;
  @Column('jsonb') placements!: NodePlacement[];
  @InstantColumn() opened_at!: string;
  @InstantColumn({ nullable: true }) closed_at!: string | null;
  /** How it ended. */
  @Column('text', { nullable: true }) reason!: AllocationEnd | null;
}

export const allocationView = projection(AllocationRow, { version: 1, from: jobEvents }, {
  AllocationOpened: (rows, { data }) => rows.put({ ...data, project: data.project ?? null, closed_at: null, reason: null }),
  AllocationClosed: (rows, { time, data: { allocation, reason } }) => rows.patch({ allocation }, { closed_at: time, reason }),
});
