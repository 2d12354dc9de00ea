import { Controller } from '@nestjs/common';
import { sitePlanEvents } from '@pioche/contracts';
import { idOf, Instant, refuse } from '@pioche/kernel';
import { equal, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, IsNull, MoreThan, Not } from 'typeorm';
import { z } from 'zod';
import { ReservationRow, SitePlanNodeRow, SitePlanRow, sitePlanView } from './site-plan-view.js';

const Status = z.enum(['open', 'cordoned', 'withdrawn']);
const Reservation = z.object({
  reservation: z.string(),
  name: z.string(),
  tenant: z.string().nullable().meta({ description: 'Null: for nobody.' }),
  nodes: z.array(z.string()),
  from: Instant,
  to: Instant,
});
const Shown = z.object({
  site: z.string(),
  site_plan: z.string(),
  nodes: z.object({ open: z.int(), cordoned: z.int(), withdrawn: z.int() }),
  gpus: z.int().meta({ description: 'Of the open nodes.' }),
  policies: z.array(z.object({ policy: z.string(), policy_version: z.int() })).meta({ description: 'What decides placements here.' }),
  barred: z.array(z.string()).meta({ description: 'Tenants of whom nothing is placed.' }),
  power_cap: sitePlanEvents.events.PowerCapSet.data.omit({ site: true }).nullable().meta({ description: 'What the GPUs that jobs hold may draw together.' }),
  reservations: z.int().meta({ description: 'How many there are, now and to come.' }),
});
const Node = z.object({
  node: z.string(),
  name: z.string(),
  status: Status,
  reason: z.string().nullable(),
  rack: z.string(),
  scalable_unit: z.int(),
  gpus: z.int(),
  gpu_model: z.string(),
});
const Plans = z.object(pageQuery);
const BySite = z.object({ site: idOf('site') });
const Nodes = z.object({ ...pageQuery, status: Status.optional() });
const Reservations = z.object({ ...pageQuery, tenant: idOf('tenant').optional() });

@Controller()
export class SitePlanController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/site-plans', summary: 'What each site’s placements are decided on.', may: 'operate-scheduling', query: Plans, returns: pageOf(Shown), from: [sitePlanView] })
  async list({ query, now }: Asked<undefined, typeof Plans>) {
    const found = await pageOfRows(this.db.getRepository(SitePlanRow), 'site_plan', query, { site: Not(IsNull()) });
    return { ...found, items: await Promise.all(found.items.map((row) => this.shown(row, now))) };
  }

  @Query({ path: '/site-plans/{site}', summary: 'What a site’s placements are decided on: nodes, policies, barred tenants, the power cap.', may: 'operate-scheduling', params: BySite, returns: Shown, from: [sitePlanView] })
  async show({ params: { site }, now }: Asked<typeof BySite>) {
    return this.shown((await this.db.getRepository(SitePlanRow).findOneBy({ site })) ?? refuse('unknown', { site }), now);
  }

  @Query({ path: '/site-plans/{site}/nodes', summary: 'The nodes of a site, as placements see them.', may: 'operate-scheduling', params: BySite, query: Nodes, returns: pageOf(Node), from: [sitePlanView] })
  async nodes({ params: { site }, query: { status, ...paging } }: Asked<typeof BySite, typeof Nodes>) {
    const found = await pageOfRows(this.db.getRepository(SitePlanNodeRow), 'node', paging, { site }, equal({ status }));
    return { ...found, items: found.items.map((row) => Node.parse(row)) };
  }

  @Query({ path: '/site-plans/{site}/reservations', summary: 'Nodes of a site that are kept for a tenant or for maintenance, now and in times to come.', may: 'operate-scheduling', params: BySite, query: Reservations, returns: pageOf(Reservation), from: [sitePlanView] })
  async reservations({ params: { site }, query: { tenant, ...paging }, now }: Asked<typeof BySite, typeof Reservations>) {
    const found = await pageOfRows(this.db.getRepository(ReservationRow), 'reservation', paging, { site, to: MoreThan(now) }, equal({ tenant }));
    return { ...found, items: found.items.map((row) => Reservation.parse(row)) };
  }

  private async shown({ site, site_plan, policies, barred, power_cap }: SitePlanRow, now: Instant): Promise<z.infer<typeof Shown>> {
    const rows = await this.db.query<{ status: z.infer<typeof Status>; nodes: number; gpus: number }[]>(
      'SELECT status, count(*)::int AS nodes, sum(gpus)::int AS gpus FROM site_plan_node WHERE site = $1 GROUP BY status',
      [site],
    );
    return {
      site: site ?? '',
      site_plan,
      nodes: { open: 0, cordoned: 0, withdrawn: 0, ...Object.fromEntries(rows.map(({ status, nodes }) => [status, nodes])) },
      gpus: rows.find(({ status }) => status === 'open')?.gpus ?? 0,
      policies: Object.entries(policies).map(([policy, policy_version]) => ({ policy, policy_version })).sort((a, b) => (a.policy < b.policy ? -1 : 1)),
      barred: Object.keys(barred).sort(),
      power_cap,
      reservations: await this.db.getRepository(ReservationRow).countBy({ site: site ?? '', to: MoreThan(now) }),
    };
  }
}
