import { Controller } from '@nestjs/common';
import { NodeStatus, SiteId } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import { asOfQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { capacityPlan, hallHeadroomKw, headroom, type NodeOnItsWay } from '../../capacity.js';
import { MODELS } from '../../node/models.js';
import { holding } from '../interval.js';
import { NodeStayRow, nodeStays } from '../node-stays/node-stays.js';
import { NodeRow, nodeView } from '../node-view/node-view.js';
import { partView } from '../part-view/part-view.js';
import { placeView } from '../place-view/place-view.js';
import { standingIn, type Standing } from '../rack-view/contents.js';
import { RackRow, rackView } from '../rack-view/rack-view.js';
import { SiteRow, siteView, type SiteHall } from '../site-view/site-view.js';

const Amount = z.object({ nodes: z.int(), gpus: z.int() });
const Hall = z.object({
  hall: z.string(),
  name: z.string(),
  power_kw: z.number(),
  kw_free: z.number().meta({ description: 'What its racks have not been given.' }),
  racks: z.array(z.object({ rack: z.string(), name: z.string(), units_free: z.int(), kw_free: z.number(), fits: z.int() })),
});
const SiteCapacity = z
  .object({
    site: z.string(),
    name: z.string(),
    in_service: Amount,
    by_status: z.partialRecord(NodeStatus, z.int()).meta({ description: 'Nodes.' }),
    plan: z.array(Amount.extend({ at: Instant })).meta({ description: 'In service from then on, when every agreed time is kept.' }),
    halls: z.array(Hall),
  })
  .meta({ id: 'SiteCapacity' });
const Asking = z.object({ ...asOfQuery, site: SiteId.optional() });
const from = [siteView, rackView, placeView, partView, nodeView, nodeStays];

@Controller()
export class CapacityController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/capacity', summary: 'What serves now, what will when, and the room that is left: by site, now or as it was at a moment.', may: 'read-inventory', query: Asking, returns: z.object({ items: z.array(SiteCapacity) }), from })
  async show({ query: { site, as_of }, now }: Asked<undefined, typeof Asking>) {
    const then = as_of ?? now;
    const sites = await this.db.getRepository(SiteRow).find({ where: site === undefined ? {} : { site }, order: { site: 'ASC' } });
    const [nodes, racks] = await Promise.all([this.nodes(site, as_of), this.racks(site, as_of)]);
    const contents = await standingIn(this.db, racks.map(({ rack }) => rack), as_of);
    const plan = Map.groupBy(capacityPlan(nodes, then), (step) => step.site);
    return {
      items: sites.filter(({ opened_at }) => as_of === undefined || opened_at <= as_of).map((row) => {
        const here = nodes.filter((node) => node.site === row.site);
        const serving = here.filter(({ status }) => status === 'in_service');
        const halls = row.halls.filter(({ added_at }) => as_of === undefined || added_at <= as_of);
        return {
          site: row.site,
          name: row.name,
          in_service: { nodes: serving.length, gpus: serving.reduce((sum, { model }) => sum + MODELS[model].gpus.count, 0) },
          by_status: Object.fromEntries([...Map.groupBy(here, ({ status }) => status)].map(([status, some]) => [status, some.length])),
          plan: (plan.get(row.site) ?? []).map(({ at, nodes: count, gpus }) => ({ at, nodes: count, gpus })),
          halls: halls.map((hall) => hallOf(hall, racks.filter((rack) => rack.hall === hall.hall), contents)),
        };
      }),
    };
  }

  private async nodes(site: string | undefined, asOf: Instant | undefined): Promise<NodeOnItsWay[]> {
    const rows = await this.db.getRepository(NodeRow).find({ select: { node: true, site: true, model: true }, where: site === undefined ? {} : { site } });
    const stays = await this.db.getRepository(NodeStayRow).findBy(holding<NodeStayRow>(site === undefined ? {} : { node: In(rows.map(({ node }) => node)) }, asOf));
    const known = new Map(rows.map((row) => [row.node, row]));
    return stays.flatMap(({ node, status, due }) => {
      const row = known.get(node);
      return row === undefined ? [] : [{ site: row.site, model: row.model, status, ...(due === null ? {} : { due }) }];
    });
  }

  private async racks(site: string | undefined, asOf: Instant | undefined): Promise<RackRow[]> {
    const rows = await this.db.getRepository(RackRow).find({ where: site === undefined ? {} : { site }, order: { name: 'ASC', rack: 'ASC' } });
    return rows.filter(({ installed_at }) => asOf === undefined || installed_at <= asOf);
  }
}

function hallOf({ hall, name, power_kw }: SiteHall, racks: readonly RackRow[], contents: ReadonlyMap<string, Standing[]>): z.infer<typeof Hall> {
  return {
    hall,
    name,
    power_kw,
    kw_free: hallHeadroomKw(power_kw, racks.map(({ max_kw }) => ({ maxKw: max_kw }))),
    racks: racks.map((row) => {
      const room = headroom({ units: row.units, maxKw: row.max_kw }, contents.get(row.rack) ?? [], 'DGX H100');
      return { rack: row.rack, name: row.name, units_free: room.unitsFree, kw_free: room.kwFree, fits: room.fits };
    }),
  };
}
