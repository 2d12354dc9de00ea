import { Controller } from '@nestjs/common';
import { Period } from '@pioche/contracts';
import { idOf, NanoEuro } from '@pioche/kernel';
import { equal, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { CaughtUp } from '../../http/caught-up.js';
import { UsageTotalRow, usageTotals } from './usage-totals.js';

const Filter = z.object({ ...pageQuery, tenant: idOf('tenant').optional(), project: idOf('project').optional(), period: Period.optional() });
const Shown = z.object({
  account: z.string(),
  tenant: z.string(),
  project: z.string().optional(),
  period: Period,
  gpu_model: z.string(),
  price_book_version: z.int(),
  nano_per_gpu_second: NanoEuro,
  gpu_milli_ms: z.string().meta({ description: 'Milli-GPUs × milliseconds, exact.' }),
  amount_nano: NanoEuro,
  slices: z.int(),
});

@Controller()
export class UsageController {
  constructor(
    private readonly db: DataSource,
    private readonly caughtUp: CaughtUp,
  ) {}

  @Query({ path: '/usage', summary: 'What was used and what it costs: by month, project, GPU model and price.', may: 'read-billing', query: Filter, returns: pageOf(Shown), from: [usageTotals] })
  async list({ query, caller, after }: Asked<undefined, typeof Filter>) {
    await this.caughtUp.with(after, [usageTotals]);
    const { items, ...rest } = await pageOfRows(this.db.getRepository(UsageTotalRow), 'total', query, equal({ tenant: query.tenant, project: query.project, period: query.period }), caller.tenantFilter);
    return { items: items.map(shown), ...rest };
  }
}

const shown = (row: UsageTotalRow): z.input<typeof Shown> => ({
  account: row.account,
  tenant: row.tenant,
  ...(row.project === null ? {} : { project: row.project }),
  period: row.period,
  gpu_model: row.gpu_model,
  price_book_version: row.price_book_version,
  nano_per_gpu_second: row.nano_per_gpu_second.toString(),
  gpu_milli_ms: row.gpu_micro_seconds.toString(),
  amount_nano: row.amount_nano.toString(),
  slices: row.slices,
});
