import { usageEvents } from '@pioche/contracts';
import { ExactColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn, type DataSource } from 'typeorm';

/** What one day adds to one invoice line: days sum to the line, and the line is rounded once. */
@Entity('burn')
@Index(['tenant', 'day'])
export class BurnRow {
  @PrimaryColumn('text') account!: string;
  /** Empty: what was run for no project. */
  @Index() @PrimaryColumn('text') project!: string;
  @PrimaryColumn('text') gpu_model!: string;
  @PrimaryColumn('text') nano_per_gpu_second!: string;
  @PrimaryColumn('date') day!: string;
  @Column('text') tenant!: string;
  @ExactColumn() nano!: bigint;
  @ExactColumn() gpu_micro_seconds!: bigint;
}

/** What compute costs, as billing rates it. A negative slice takes back what was rated too far. */
export const burn = projection(BurnRow, { version: 1, from: usageEvents }, {
  UsageRated: (rows, { data }) => {
    const { account, project = '', gpu_model, nano_per_gpu_second, tenant } = data;
    // A slice lies within one day in UTC.
    const key = { account, project, gpu_model, nano_per_gpu_second, day: data.from.slice(0, 10) };
    rows.upsert(key, { tenant, nano: 0n, gpu_micro_seconds: 0n }, (row) => ({
      nano: row.nano + BigInt(data.amount_nano),
      gpu_micro_seconds: row.gpu_micro_seconds + BigInt(data.gpu_micro_seconds),
    }));
  },
});

/** Days of burn. @param period YYYY-MM; absent: all of them */
export function burnDays(db: DataSource, where: { readonly tenant?: string; readonly project?: string }, period?: string): Promise<BurnRow[]> {
  const query = db.getRepository(BurnRow).createQueryBuilder('burn').where(where).orderBy('burn.day');
  if (period !== undefined) query.andWhere(`to_char(burn.day, 'YYYY-MM') = :period`, { period });
  return query.getMany();
}
