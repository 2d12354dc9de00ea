import { Controller } from '@nestjs/common';
import { AlertClass, NodeId, SiteId } from '@pioche/contracts';
import { asOfQuery, cursorOf, page, pageOf, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { NodeRow, nodeView } from '../node-view/node-view.js';
import { AlertRow, alertView } from './alert-view.js';
import { ShownAlert, shownAlert } from './shown.js';

const Listing = z.object({
  ...pageQuery,
  ...asOfQuery,
  site: SiteId.optional(),
  node: NodeId.optional(),
  class: AlertClass.optional(),
  state: z.enum(['open', 'closed', 'all']).default('open').meta({ description: 'With as_of: as it was then.' }),
});

@Controller()
export class AlertController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/alerts', summary: 'Alerts, the newest first; the open ones unless others are asked for.', may: 'read-inventory', query: Listing, returns: pageOf(ShownAlert), from: [alertView, nodeView] })
  async list({ query: { page_size, page_token, as_of, site, node, class: alertClass, state } }: Asked<undefined, typeof Listing>) {
    const query = this.db.getRepository(AlertRow).createQueryBuilder('a').orderBy('a.since', 'DESC').addOrderBy('a.alert', 'DESC').limit(page_size + 1);
    const openThen = as_of === undefined ? 'a.open' : '(a.until IS NULL OR a.until > :asOf)';
    if (as_of !== undefined) query.andWhere('a.since <= :asOf', { asOf: as_of });
    if (state !== 'all') query.andWhere(state === 'open' ? openThen : `NOT ${openThen}`);
    if (node !== undefined) query.andWhere('a.node = :node', { node });
    if (alertClass !== undefined) query.andWhere('a.class = :class', { class: alertClass });
    if (site !== undefined) query.innerJoin(NodeRow, 'n', 'n.node = a.node AND n.site = :site', { site });
    const after = cursorOf(page_token);
    if (after !== undefined) query.andWhere('(a.since, a.alert) < (:since, :alert)', { since: after[0], alert: after[1] });
    return page((await query.getMany()).map(shownAlert), page_size, ({ opened_at, alert }) => [opened_at, alert]);
  }
}
