import type { Recorded } from '@pioche/contracts';
import { getMetadataArgsStorage } from 'typeorm';
import { foldWishes } from './fold.js';
import { Key, type Row } from './key.js';
import type { EntityClass, Projection } from './projection.js';
import { Rows } from './rows.js';

/**
 * The rows that a read model would have after these events alone: `as_of` of what one stream tells.
 * `rowsAfter(nodeView, NodeRow, await store.read(node, { asOf }))`
 * @param entity one of the read model's
 */
export function rowsAfter<R extends object>(projection: Projection, entity: EntityClass<R>, events: readonly Recorded[]): R[] {
  const rows = projection.entities.map((each) => new Rows<Row>(keyOf(each)));
  for (const event of events) projection.apply(rows, event);
  const wishes = rows[projection.entities.indexOf(entity)]?.wishes ?? [];
  return foldWishes(wishes, [], keyOf(entity)).put as readonly object[] as R[];
}

const keyOf = (entity: EntityClass): Key =>
  new Key(getMetadataArgsStorage().columns.filter(({ target, options }) => target === entity && options.primary === true).map(({ propertyName }) => propertyName));
