import { auditLogEvents } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row per checkpoint that was signed. */
@Entity('checkpoint_view')
export class CheckpointRow {
  /** Leaves; a tree of one size is signed once. */
  @PrimaryColumn('int') size!: number;
  /** Base64. */
  @Column('text') root!: string;
  @Column('text') note!: string;
  @InstantColumn() signed_at!: string;
}

export const checkpointView = projection(CheckpointRow, { version: 1, from: auditLogEvents, shared: true }, {
  AuditCheckpointSigned: (rows, { time, data }) => rows.put({ ...data, signed_at: time }),
});
