import { Controller } from '@nestjs/common';
import { nodeEvents, NodeId, NodeStatus, SiteId, SuperpodId, type RecordedOf } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { refuse, type Instant } from '@pioche/kernel';
import { asOfQuery, cursorOf, page, pageOf, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { NODE_LIFE } from '../../node/life.js';
import { AlertRow, alertView } from '../alert-view/alert-view.js';
import { ShownAlert, shownAlert } from '../alert-view/shown.js';
import { holding } from '../interval.js';
import { NodeStayRow, nodeStays } from '../node-stays/node-stays.js';
import { NodeRow, nodeView, rowAfter } from './node-view.js';
import { shown, ShownNode } from './shown.js';

const Listing = z.object({ ...pageQuery, ...asOfQuery, site: SiteId.optional(), status: NodeStatus.optional(), superpod: SuperpodId.optional() });
const ById = z.object({ id: NodeId });
const AsOf = z.object(asOfQuery);
const Detail = ShownNode.extend({
  open_alerts: z.array(ShownAlert),
  allowed: z.array(z.string()).meta({ description: 'What may be asked of it next.' }),
}).meta({ id: 'NodeDetail' });

@Controller()
export class NodeController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/nodes', summary: 'Nodes by name, as they are now or were at a moment.', may: 'read-inventory', query: Listing, returns: pageOf(ShownNode), from: [nodeView, nodeStays] })
  async list({ query: { page_size, page_token, as_of, ...filter } }: Asked<undefined, typeof Listing>) {
    const rows = await this.page(filter, as_of, page_size + 1, cursorOf(page_token));
    const { items, next_page_token } = page(rows, page_size, (row) => [row.name, row.node]);
    const then = as_of === undefined ? items : await Promise.all(items.map(({ node }) => this.at(node, as_of)));
    return { items: then.map(shown), ...(next_page_token === undefined ? {} : { next_page_token }) };
  }

  @Query({ path: '/nodes/{id}', summary: 'One node, its open alerts, and what may be asked of it next; from its log, now or as it was at a moment.', may: 'read-inventory', params: ById, query: AsOf, returns: Detail, from: [alertView] })
  async show({ params: { id }, query: { as_of } }: Asked<typeof ById, typeof AsOf>) {
    const node = shown(await this.at(id, as_of));
    const alerts = await this.db.getRepository(AlertRow).find({ where: holding<AlertRow>({ node: id }, as_of), order: { since: 'ASC', alert: 'ASC' } });
    return { ...node, open_alerts: alerts.map(shownAlert), allowed: Object.keys(NODE_LIFE[node.status]) };
  }

  private async at(node: string, asOf: Instant | undefined): Promise<NodeRow> {
    return rowAfter((await this.store.read(node, { asOf })) as RecordedOf<typeof nodeEvents>[]) ?? refuse('unknown', { node });
  }

  /** Which nodes: what may change (the status) is looked up where it was at that moment, the rest never changes. */
  private page({ site, status, superpod }: Pick<z.infer<typeof Listing>, 'site' | 'status' | 'superpod'>, asOf: Instant | undefined, limit: number, after: readonly (string | number)[] | undefined): Promise<NodeRow[]> {
    const query = this.db.getRepository(NodeRow).createQueryBuilder('n').orderBy('n.name').addOrderBy('n.node').limit(limit);
    if (asOf !== undefined) query.innerJoin(NodeStayRow, 's', 's.node = n.node AND s.since <= :asOf AND (s.until IS NULL OR s.until > :asOf)', { asOf });
    if (status !== undefined) query.andWhere(`${asOf === undefined ? 'n' : 's'}.status = :status`, { status });
    if (site !== undefined) query.andWhere('n.site = :site', { site });
    if (superpod !== undefined) query.andWhere('n.superpod = :superpod', { superpod });
    if (after !== undefined) query.andWhere('(n.name, n.node) > (:name, :node)', { name: after[0], node: after[1] });
    return query.getMany();
  }
}
