import { Controller } from '@nestjs/common';
import { SiteId } from '@pioche/contracts';
import { Instant, refuse } from '@pioche/kernel';
import { cursorOf, page, pageOf, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, MoreThan } from 'typeorm';
import { z } from 'zod';
import { SiteRow, siteView } from './site-view.js';

const ShownSite = z
  .object({
    site: z.string(),
    name: z.string(),
    operator: z.string(),
    country: z.string(),
    jurisdiction: z.string(),
    certifications: z.array(z.string()),
    halls: z.array(z.object({ hall: z.string(), name: z.string(), power_kw: z.number(), added_at: Instant })),
    opened_at: Instant,
    version: z.int().meta({ description: 'For If-Match.' }),
  })
  .meta({ id: 'Site' });

const ById = z.object({ id: SiteId });
const Listing = z.object(pageQuery);

const shown = ({ halls, certifications, ...site }: SiteRow): z.infer<typeof ShownSite> => ({ ...site, halls: [...halls], certifications: [...certifications] });

@Controller()
export class SiteController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/sites', summary: 'Every site with its halls.', may: 'read-inventory', query: Listing, returns: pageOf(ShownSite), from: [siteView] })
  async list({ query: { page_size, page_token } }: Asked<undefined, typeof Listing>) {
    const after = String(cursorOf(page_token)?.[0] ?? '');
    const rows = await this.db.getRepository(SiteRow).find({ where: { site: MoreThan(after) }, order: { site: 'ASC' }, take: page_size + 1 });
    return page(rows.map(shown), page_size, ({ site }) => [site]);
  }

  @Query({ path: '/sites/{id}', summary: 'One site with its halls.', may: 'read-inventory', params: ById, returns: ShownSite, from: [siteView] })
  async show({ params: { id } }: Asked<typeof ById>) {
    return shown((await this.db.getRepository(SiteRow).findOneBy({ site: id })) ?? refuse('unknown', { site: id }));
  }
}
