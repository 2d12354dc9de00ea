import { jobEvents, runEvents } from '@pioche/contracts';
import { epochMs } from '@pioche/kernel';
import { ExactColumn, InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('run_view')
export class RunRow {
  @PrimaryColumn('text') run!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Index() @Column('text') project!: string;
  @Column('text') job!: string;
  @Column('text', { nullable: true }) experiment!: string | null;
}

export type JobStatus = 'queued' | 'placed' | 'running' | 'checkpointing' | 'succeeded' | 'failed' | 'cancelled' | 'fenced';

/** What the lab knows of a job that was submitted for a project. It may be known before its run is, and after. */
@Entity('run_job_view')
export class RunJobRow {
  @PrimaryColumn('text') job!: string;
  @Column('text') tenant!: string;
  @Column('text') name!: string;
  @Column('text') status!: JobStatus;
  @Column('text', { nullable: true }) reason!: string | null;
  @InstantColumn() submitted_at!: string;
  /** Of its first allocation. */
  @InstantColumn({ nullable: true }) started_at!: string | null;
  @InstantColumn({ nullable: true }) ended_at!: string | null;
  /** Of allocations that are closed. */
  @ExactColumn() gpu_micro_seconds!: bigint;
  /** Thousandths of a GPU that it holds now. */
  @Column('int') held_gpu_milli!: number;
  @InstantColumn({ nullable: true }) held_since!: string | null;
}

const ended = (status: JobStatus, at: string, reason: string | null = null) => ({ status, reason, ended_at: at });

/** GPU time that is held until a moment, in millionths of a GPU-second: exactly gpu_milli × milliseconds. */
export const gpuMicroSeconds = (gpuMilli: number, since: string, until: string): bigint => BigInt(gpuMilli) * BigInt(Math.max(0, epochMs(until) - epochMs(since)));

/** Runs of projects, and the jobs that they are, as scheduling tells it. */
export const runView = projection({ runs: RunRow, jobs: RunJobRow }, { version: 3, from: [runEvents, jobEvents] }, {
  RunLinked: ({ runs }, { subject, version, data: { tenant, project, job, experiment = null } }) => runs.put({ run: subject, version, tenant, project, job, experiment }),
  JobSubmitted: ({ jobs }, { subject, time, data: { tenant, project, name } }) => {
    if (project === undefined) return;
    jobs.put({
      job: subject, tenant, name, status: 'queued', reason: null, submitted_at: time, started_at: null, ended_at: null,
      gpu_micro_seconds: 0n, held_gpu_milli: 0, held_since: null,
    });
  },
  JobPlaced: ({ jobs }, { subject }) => jobs.patch({ job: subject }, { status: 'placed', reason: null }),
  AllocationOpened: ({ jobs }, { subject, data }) => jobs.patch({ job: subject }, { held_gpu_milli: data.gpu_milli, held_since: data.opened_at }),
  JobStarted: ({ jobs }, { subject, time }) => jobs.patch({ job: subject }, ({ status, started_at }) => ({ status: status === 'checkpointing' ? status : 'running', started_at: started_at ?? time })),
  JobRepaired: ({ jobs }, { subject }) => jobs.patch({ job: subject }, { status: 'placed', reason: null }),
  JobPreemptionOrdered: ({ jobs }, { subject }) => jobs.patch({ job: subject }, { status: 'checkpointing' }),
  JobPreempted: ({ jobs }, { subject }) => jobs.patch({ job: subject }, { status: 'queued', reason: 'preempted' }),
  JobRequeued: ({ jobs }, { subject, data: { reason } }) => jobs.patch({ job: subject }, { status: 'queued', reason }),
  JobSucceeded: ({ jobs }, { subject, time }) => jobs.patch({ job: subject }, ended('succeeded', time)),
  JobFailed: ({ jobs }, { subject, time, data: { reason } }) => jobs.patch({ job: subject }, ended('failed', time, reason)),
  JobCancelled: ({ jobs }, { subject, time }) => jobs.patch({ job: subject }, ended('cancelled', time)),
  JobFenced: ({ jobs }, { subject, time }) => jobs.patch({ job: subject }, ended('fenced', time)),
  AllocationClosed: ({ jobs }, { subject, time, data: { gpu_milli, opened_at } }) =>
    jobs.patch({ job: subject }, (row) => ({
      gpu_micro_seconds: row.gpu_micro_seconds + gpuMicroSeconds(gpu_milli, opened_at, time),
      held_gpu_milli: 0,
      held_since: null,
    })),
});
