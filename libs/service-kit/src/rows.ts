/** Reading a read model's rows for an answer, so that a tenant sees only its own. */
import { refuse } from '@pioche/kernel';
import type { FindOptionsWhere, ObjectLiteral, Repository } from 'typeorm';
import type { Caller } from './auth/principal.js';
import { cursorOf, page, type Page } from './paging.js';

/** What a list's query asks for. */
interface PageAsked {
  readonly page_size: number;
  readonly page_token?: string | undefined;
}

/**
 * A page of rows in the order of their key.
 * @param key the property of its one-column primary key
 * @param where which ones; all of these hold: `equal({ tenant: query.tenant }), caller.tenantFilter`
 */
export async function pageOfRows<R extends ObjectLiteral>(rows: Repository<R>, key: keyof R & string, asked: PageAsked, ...where: FindOptionsWhere<R>[]): Promise<Page<R>> {
  const after = cursorOf(asked.page_token)?.[0];
  const found = rows.createQueryBuilder('one').orderBy(`one.${key}`).limit(asked.page_size + 1);
  for (const condition of where) found.andWhere(condition);
  if (after !== undefined) found.andWhere(`one.${key} > :after`, { after });
  return page(await found.getMany(), asked.page_size, (row) => [String(row[key])]);
}

/** The conditions that were asked for: those without a value are left out. */
export const equal = <C extends Readonly<Record<string, unknown>>>(conditions: C): { [K in keyof C]?: Exclude<C[K], undefined> } =>
  Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as { [K in keyof C]?: Exclude<C[K], undefined> };

/** The row, when there is one that the caller may know of. @throws Refusal `unknown` */
export function ownRow<R extends object>(row: R | null | undefined, caller: Caller, asked: Readonly<Record<string, unknown>> = {}): R {
  const foreign = row && 'tenant' in row && caller.tenant !== undefined && row.tenant !== caller.tenant;
  return row && !foreign ? row : refuse('unknown', asked);
}
