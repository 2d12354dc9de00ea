import { Controller } from '@nestjs/common';
import { HallId, NodeStatus, PartKind, RackId, SiteId, SuperpodId } from '@pioche/contracts';
import { refuse } from '@pioche/kernel';
import { asOfQuery, cursorOf, page, pageOf, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { headroom } from '../../capacity.js';
import { nodeStays } from '../node-stays/node-stays.js';
import { nodeView } from '../node-view/node-view.js';
import { partView } from '../part-view/part-view.js';
import { placeView } from '../place-view/place-view.js';
import { standingIn, type Standing } from './contents.js';
import { RackRow, rackView } from './rack-view.js';

const ShownRack = z
  .object({
    rack: z.string(),
    name: z.string(),
    site: z.string(),
    hall: z.string(),
    superpod: z.string().optional(),
    units: z.int(),
    max_kw: z.number(),
    units_free: z.int(),
    kw_free: z.number().meta({ description: 'When everything in it draws its most.' }),
    fits: z.int().meta({ description: 'DGX H100 that can still be added, by space in one piece and by power.' }),
    conflicts: z.array(z.int()).meta({ description: 'Units that two things claim, or that the rack does not have.' }),
  })
  .meta({ id: 'Rack' });

const Elevation = ShownRack.extend({
  contents: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['node', ...PartKind.options]),
      name: z.string().optional(),
      model: z.string(),
      serial: z.string().optional(),
      status: NodeStatus.optional(),
      unit: z.int().meta({ description: 'Lowest unit, counted from 1 at the floor.' }),
      units: z.int(),
      max_kw: z.number(),
    }),
  ).meta({ description: 'From the floor up.' }),
}).meta({ id: 'RackElevation' });

const ById = z.object({ id: RackId });
const AsOf = z.object(asOfQuery);
const Listing = z.object({ ...pageQuery, ...asOfQuery, site: SiteId.optional(), hall: HallId.optional(), superpod: SuperpodId.optional() });
const from = [rackView, placeView, partView, nodeView, nodeStays];

function shown({ rack, name, site, hall, superpod, units, max_kw }: RackRow, contents: readonly Standing[]): z.infer<typeof ShownRack> {
  const room = headroom({ units, maxKw: max_kw }, contents, 'DGX H100');
  return {
    rack, name, site, hall, ...(superpod === null ? {} : { superpod }), units, max_kw,
    units_free: room.unitsFree, kw_free: room.kwFree, fits: room.fits, conflicts: [...room.conflicts],
  };
}

@Controller()
export class RackController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/racks', summary: 'Racks and the room that is left in them.', may: 'read-inventory', query: Listing, returns: pageOf(ShownRack), from })
  async list({ query: { page_size, page_token, as_of, ...filter } }: Asked<undefined, typeof Listing>) {
    const query = this.db.getRepository(RackRow).createQueryBuilder('r').where(filter).orderBy('r.name').addOrderBy('r.rack').limit(page_size + 1);
    if (as_of !== undefined) query.andWhere('r.installed_at <= :asOf', { asOf: as_of });
    const after = cursorOf(page_token);
    if (after !== undefined) query.andWhere('(r.name, r.rack) > (:name, :rack)', { name: after[0], rack: after[1] });
    const { items, ...next } = page(await query.getMany(), page_size, ({ name, rack }) => [name, rack]);
    const contents = await standingIn(this.db, items.map(({ rack }) => rack), as_of);
    return { items: items.map((row) => shown(row, contents.get(row.rack) ?? [])), ...next };
  }

  @Query({ path: '/racks/{id}', summary: 'The elevation of a rack: what fills which units, and the room left.', may: 'read-inventory', params: ById, query: AsOf, returns: Elevation, from })
  async show({ params: { id }, query: { as_of } }: Asked<typeof ById, typeof AsOf>) {
    const row = await this.db.getRepository(RackRow).findOneBy({ rack: id });
    if (row === null || (as_of !== undefined && row.installed_at > as_of)) return refuse('unknown', { rack: id });
    const contents = (await standingIn(this.db, [id], as_of)).get(id) ?? [];
    return { ...shown(row, contents), contents: contents.map(({ id: thing, kind, name, model, serial, status, unit, units, maxKw }) => ({
      id: thing, kind, model, unit, units, max_kw: maxKw,
      ...(name === undefined ? {} : { name }), ...(serial === undefined ? {} : { serial }), ...(status === undefined ? {} : { status }),
    })) };
  }
}
