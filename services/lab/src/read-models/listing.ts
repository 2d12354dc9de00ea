/** How every list of the lab is asked for: what the query names, within what the caller may see, page by page. */
import { idOf, refuse } from '@pioche/kernel';
import { cursorOf, page, pageQuery, type Caller, type Page } from '@pioche/service-kit';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { z } from 'zod';

type Filters = Readonly<Record<string, string | undefined>>;

/** Spread into a query's schema: one tenant's only. */
export const tenantQuery = { tenant: idOf('tenant').optional() };
export const Listing = z.object({ ...pageQuery, ...tenantQuery });

/** Conditions on a row. @throws Refusal `unknown` when a tenant asks for another one's */
export function scope({ tenant, tenantFilter }: Caller, filters: Filters = {}): Record<string, string> {
  const asked = Object.entries(filters).filter((filter): filter is [string, string] => filter[1] !== undefined);
  if (tenant !== undefined && filters['tenant'] !== undefined && filters['tenant'] !== tenant) refuse('unknown', { tenant: filters['tenant'] });
  return { ...Object.fromEntries(asked), ...tenantFilter };
}

/** @param key the entity's primary column: pages follow it */
export async function listRows<R extends ObjectLiteral>(
  db: DataSource,
  entity: EntityTarget<R>,
  key: keyof R & string,
  where: Readonly<Record<string, string>>,
  { page_size, page_token }: { readonly page_size: number; readonly page_token?: string | undefined },
): Promise<Page<R>> {
  const query = db.getRepository(entity).createQueryBuilder('row').where(where).orderBy(`row.${key}`).limit(page_size + 1);
  const after = cursorOf(page_token)?.[0];
  if (after !== undefined) query.andWhere(`row.${key} > :after`, { after });
  return page(await query.getMany(), page_size, (row) => [String(row[key])]);
}

export const mapPage = <A, B>({ items, ...rest }: Page<A>, shown: (item: A) => B): Page<B> => ({ items: items.map(shown), ...rest });
