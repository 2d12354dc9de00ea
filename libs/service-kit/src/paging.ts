/** Lists come in pages: `page_size`, and an opaque `page_token` that says where the next one begins. */
import { z } from 'zod';
import { Instant } from '@pioche/kernel';
import { ProblemError } from './problem.js';

const MOST = 1_000;

/** Spread into a query's schema: `z.object({ ...pageQuery, status: … })`. */
export const pageQuery = {
  page_size: z.coerce.number().int().min(1).max(MOST).default(100).meta({ description: 'Items per page at most.' }),
  page_token: z.string().max(500).optional().meta({ description: 'next_page_token of the page before.' }),
};

/** Spread into a query's schema: what was true at a time. */
export const asOfQuery = { as_of: Instant.optional().meta({ description: 'Answer what was true at this moment.' }) };

/** Schema of a page. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    next_page_token: z.string().optional().meta({ description: 'Absent on the last page.' }),
  });

export interface Page<T> {
  readonly items: T[];
  readonly next_page_token?: string;
}

/** Where a page begins: the sort key of the last item of the page before. */
export type Cursor = readonly (string | number)[];

/** @throws ProblemError when the token is not one of ours */
export function cursorOf(token: string | undefined): Cursor | undefined {
  if (token === undefined) return undefined;
  try {
    const cursor: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(cursor) && cursor.length > 0 && cursor.every((part) => typeof part === 'string' || typeof part === 'number')) return cursor;
  } catch {
    // Said below, with the other tokens that are not ours.
  }
  throw new ProblemError('validation-failed', { errors: [{ parameter: 'page_token', reason: 'It is not the next_page_token of a page.' }] });
}

/**
 * A page of rows that were read with `LIMIT page_size + 1`, in the order of their key.
 * @param keyOf an item's sort key, which ends with something unique
 */
export function page<T>(rows: readonly T[], size: number, keyOf: (item: T) => Cursor): Page<T> {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  if (rows.length <= size || last === undefined) return { items };
  return { items, next_page_token: Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') };
}
