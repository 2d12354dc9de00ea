/** What the roles of a database may do, object by object. Nobody has a right that is not declared. */
import { escapeIdentifier as quote } from 'pg';

export type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'EXECUTE' | `UPDATE (${string})`;

export interface ObjectRights {
  /** Of the role that appends and consumes. */
  readonly service: readonly Right[];
  /** Of the role that answers queries. What it may read and has a tenant is under row-level security. */
  readonly reader?: readonly Right[];
}

/** By name as GRANT has it: `timers`, `FUNCTION append_events(json)`. */
export type Rights = Readonly<Record<string, ObjectRights>>;

/** Names of the roles that are given rights by the owner: one or both may be the owner itself, which has all. */
export interface Roles {
  readonly owner: string;
  readonly service: string;
  readonly reader: string;
}

/** Whoever owns the schema: makes and drops tables, and says what the others may do with them. */
export interface SchemaOwner<D> {
  readonly dataSource: D;
  /** Absent: there is one role for everything. */
  readonly roles?: Roles | undefined;
}

/** Rows are written by the service in its consumers; queries read them. */
export const READ_MODEL: ObjectRights = { service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], reader: ['SELECT'] };
export const VIEW: ObjectRights = { service: ['SELECT'], reader: ['SELECT'] };
/** The column makes the row's lock possible, no more: which generation is live is the owner's to say. */
export const projectionsRights: Rights = { projections: { service: ['SELECT', 'UPDATE (changed_at)'] } };

/** Statements that give exactly these rights, and take others away. */
export function grants(rights: Rights, { owner, service, reader }: Roles): string[] {
  return Object.entries(rights).flatMap(([object, of]) => {
    const byRole = Map.groupBy([...of.service.map((right) => ({ role: service, right })), ...(of.reader ?? []).map((right) => ({ role: reader, right }))], ({ role }) => role);
    return [...new Set([service, reader])].filter((role) => role !== owner).flatMap((role) => {
      const given = [...new Set((byRole.get(role) ?? []).map(({ right }) => right))];
      return [`REVOKE ALL ON ${object} FROM ${quote(role)}`, ...(given.length === 0 ? [] : [`GRANT ${given.join(', ')} ON ${object} TO ${quote(role)}`])];
    });
  });
}
