/** How a read model is declared: its table (or tables), and what each event does to its rows. */
import type { ContextName, EventGroup, FactOf, Recorded } from '@pioche/contracts';
import { getMetadataArgsStorage } from 'typeorm';
import type { Rows } from './rows.js';

/** A TypeORM entity class. */
export type EntityClass<R extends object = object> = abstract new () => R;

/** One entity, or several by the name that handlers use: `{ nodes: NodeRow, gpus: GpuRow }`. */
export type Tables = EntityClass | Readonly<Record<string, EntityClass>>;

/** What a handler writes to: the rows of the one table, or of each by its name. */
export type RowsOf<T extends Tables> =
  T extends EntityClass<infer R> ? Rows<R> : { readonly [K in keyof T]: T[K] extends EntityClass<infer R> ? Rows<R> : never };

type GroupsIn<F> = F extends readonly (infer G)[] ? G : F;

/** Some events of the groups, by name; those without a handler change nothing. */
export type Handlers<T extends Tables, F> = {
  readonly [K in FactOf<GroupsIn<F>>['type']]?: (
    rows: RowsOf<T>,
    event: Recorded<Extract<FactOf<GroupsIn<F>>, { readonly type: K }>>,
  ) => void;
};

/** A read model, as the library runs it. */
export interface Projection {
  /** Name of its (first) table: what queries read. */
  readonly name: string;
  /** Counted up when the table or a handler changes: the next start builds it anew beside the old one. */
  readonly version: number;
  readonly groups: readonly EventGroup[];
  /** The contexts whose events it takes. */
  readonly sources: readonly ContextName[];
  /** Names of the events that it has a handler for. */
  readonly wants: ReadonlySet<string>;
  readonly entities: readonly EntityClass[];
  /** Tenants see every row of its tables that have no column `tenant`; otherwise none of these. */
  readonly shared: boolean;
  /** Lets the handler of the event, if there is one, say what it does. @param rows one per entity, in their order */
  apply(rows: readonly Rows<object>[], event: Recorded): void;
}

export type FromGroups = EventGroup | readonly EventGroup[];

/**
 * Declares a read model. Handlers are pure and synchronous: they say what becomes of which rows (see `Rows`),
 * and nothing else happens until the whole batch is written.
 * @param tables an entity, or several by name: then handlers receive `{ nodes, gpus }`
 * @param options.from the event groups it takes, of any context
 * @param options.shared tenants see every row of the tables without a column `tenant`. Without it such a table is the
 *   platform's; of one with that column a tenant sees its own rows in any case.
 */
export function projection<const T extends Tables, const F extends FromGroups>(
  tables: T,
  options: { readonly version: number; readonly from: F; readonly shared?: boolean },
  handlers: Handlers<T, NoInfer<F>>,
): Projection {
  const groups: readonly EventGroup[] = 'context' in options.from ? [options.from] : options.from;
  const named = typeof tables === 'function' ? undefined : Object.entries<EntityClass>(tables);
  const entities = named ? named.map(([, entity]) => entity) : [tables as EntityClass];
  const byName = new Map(Object.entries(handlers) as [string, (rows: unknown, event: Recorded) => void][]);
  return {
    name: tableNameOf(entities[0]),
    version: options.version,
    groups,
    sources: [...new Set(groups.map((group) => group.context))],
    wants: new Set(byName.keys()),
    entities,
    shared: options.shared ?? false,
    apply: (rows, event) =>
      byName.get(event.type)?.(named ? Object.fromEntries(named.map(([name], i) => [name, rows[i]])) : rows[0], event),
  };
}

function tableNameOf(entity: EntityClass | undefined): string {
  const name = entity && getMetadataArgsStorage().tables.find((table) => table.target === entity)?.name;
  if (!name) throw new Error(`${entity?.name ?? 'a read model'} needs @Entity('its_name')`);
  return name;
}

/** @throws Error when there is none of that name */
export function projectionNamed(projections: readonly Projection[], name: string): Projection {
  const found = projections.find((projection) => projection.name === name);
  if (!found) throw new Error(`no read model ${name}; there are ${projections.map((projection) => projection.name).join(', ')}`);
  return found;
}
