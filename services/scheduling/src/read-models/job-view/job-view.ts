import { jobEvents, type MigProfile, type PermitGiven, type Topology } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { z } from 'zod';
import type { JobStatus } from '../../job/job.js';

/** One row per job: what it asked for, and how far it is. */
@Entity('job_view')
export class JobRow {
  @PrimaryColumn('text') job!: string;
  /** Of its stream: what If-Match names. */
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Column('text') queue!: string;
  @Column('text') name!: string;
  @Column('text', { nullable: true }) project!: string | null;
  @Index() @Column('text') status!: JobStatus;
  @Column('int') nodes!: number;
  @Column('int') gpus_per_node!: number;
  /** Thousandths of each GPU. */
  @Column('int') gpu_milli!: number;
  @Column('int') priority!: number;
  @Column('int', { nullable: true }) time_limit_s!: number | null;
  @Column('text') data_class!: string;
  /** Only there, if it asked so. */
  @Column('text', { nullable: true }) site!: string | null;
  @Column('text', { nullable: true }) gpu_model!: string | null;
  @Column('text', { nullable: true }) mig_profile!: MigProfile | null;
  @Column('jsonb', { nullable: true }) topology!: z.infer<typeof Topology> | null;
  @InstantColumn({ nullable: true }) deadline!: string | null;
  @Column('boolean') preemptible!: boolean;
  @InstantColumn() submitted_at!: string;
  @InstantColumn({ nullable: true }) placed_at!: string | null;
  @InstantColumn({ nullable: true }) started_at!: string | null;
  @InstantColumn({ nullable: true }) ended_at!: string | null;
  /** The last one. */
  @Column('text', { nullable: true }) allocation!: string | null;
  @Column('jsonb', { nullable: true }) permit!: PermitGiven | null;
  @Column('int') checkpoints!: number;
  /** How often it has lost its GPUs. */
  @Column('int') requeues!: number;
  /** While it is asked to make room: then it is stopped. */
  @InstantColumn({ nullable: true }) stop_by!: string | null;
  /** How often it has stopped to make room. */
  @Column('int') preemptions!: number;
  /** How often it has gone on with other nodes. */
  @Column('int') repairs!: number;
  /** Why it was requeued or failed, the last time. */
  @Column('text', { nullable: true }) reason!: string | null;
}

export const jobView = projection(JobRow, { version: 2, from: jobEvents }, {
  JobSubmitted: (rows, { subject, version, time, data }) =>
    rows.put({
      job: subject, version, status: 'queued', submitted_at: time, placed_at: null, started_at: null, ended_at: null, allocation: null, permit: null, checkpoints: 0, requeues: 0, reason: null,
      stop_by: null, preemptions: 0, repairs: 0,
      tenant: data.tenant, queue: data.queue, name: data.name, project: data.project ?? null,
      nodes: data.nodes, gpus_per_node: data.gpus_per_node, gpu_milli: data.gpu_milli,
      priority: data.priority, time_limit_s: data.time_limit_s ?? null, data_class: data.data_class, site: data.site ?? null, gpu_model: data.gpu_model ?? null,
      mig_profile: data.mig_profile ?? null, topology: data.topology ?? null, deadline: data.deadline ?? null, preemptible: data.preemptible ?? true,
    }),
  JobPlaced: (rows, { subject, version, time, data: { allocation, permit, time_limit_s } }) =>
    rows.patch({ job: subject }, { version, status: 'placed', placed_at: time, started_at: null, allocation, permit, time_limit_s }),
  AllocationOpened: (rows, { subject, version }) => rows.patch({ job: subject }, { version, checkpoints: 0 }),
  JobRepaired: (rows, { subject, version, time, data: { allocation } }) =>
    rows.patch({ job: subject }, ({ repairs }) => ({ version, status: 'placed', placed_at: time, started_at: null, stop_by: null, allocation, repairs: repairs + 1 })),
  JobStarted: (rows, { subject, version, time }) =>
    rows.patch({ job: subject }, ({ status }) => ({ version, status: status === 'checkpointing' ? status : 'running', started_at: time })),
  JobPreemptionOrdered: (rows, { subject, version, data: { stop_by } }) => rows.patch({ job: subject }, { version, status: 'checkpointing', stop_by }),
  JobPreempted: (rows, { subject, version }) =>
    rows.patch({ job: subject }, ({ preemptions }) => ({ version, status: 'queued', preemptions: preemptions + 1, stop_by: null, placed_at: null, started_at: null })),
  JobCheckpointed: (rows, { subject, version, data: { checkpoint } }) => rows.patch({ job: subject }, { version, checkpoints: checkpoint }),
  JobRequeued: (rows, { subject, version, data: { reason } }) =>
    rows.patch({ job: subject }, ({ requeues }) => ({ version, status: 'queued', requeues: requeues + 1, reason, stop_by: null, placed_at: null, started_at: null })),
  JobSucceeded: (rows, { subject, version, time }) => rows.patch({ job: subject }, { version, status: 'succeeded', ended_at: time, stop_by: null }),
  JobFailed: (rows, { subject, version, time, data: { reason } }) => rows.patch({ job: subject }, { version, status: 'failed', ended_at: time, stop_by: null, reason }),
  JobCancelled: (rows, { subject, version, time }) => rows.patch({ job: subject }, { version, status: 'cancelled', ended_at: time, stop_by: null }),
  JobFenced: (rows, { subject, version, time }) => rows.patch({ job: subject }, { version, status: 'fenced', ended_at: time, stop_by: null }),
  AllocationClosed: (rows, { subject, version }) => rows.patch({ job: subject }, { version }),
});
