/** Tenants are kept apart by the database too: row-level security, and the two settings of a session that say who looks. */
import { escapeIdentifier as quote } from 'pg';

/**
 * What a tenant's session sees of a table:
 * - `own`: rows whose column `tenant` is it; a row without a tenant is the platform's
 * - `shared`: every row
 * - `none`
 *
 * The platform's sessions see every row of every table, and a session that does not say who looks sees none.
 */
export type Visibility = 'own' | 'shared' | 'none';

/** Startup options of connections that act for the platform: those of consumers, timers, reactions. */
export const AS_PLATFORM = '-c pioche.platform=on';

/** Says who looks from now on in this session. $1: `on` for the platform, else `off`; $2: the tenant, `''` for none. */
export const LOOK_AS = `SELECT set_config('pioche.platform', $1, false), set_config('pioche.tenant', $2, false)`;

// Each in a SELECT of its own: it is asked once per statement, not per row.
const OF_PLATFORM = `(SELECT current_setting('pioche.platform', true) = 'on')`;
const TENANT = `(SELECT nullif(current_setting('pioche.tenant', true), ''))`;

const SEEN: Readonly<Record<Visibility, string>> = { own: `tenant = ${TENANT}`, shared: `${TENANT} IS NOT NULL`, none: 'false' };

/** Statements that put a new table under row-level security, for its owner too. */
export const isolated = (table: string, visibility: Visibility): string[] => [
  `ALTER TABLE ${quote(table)} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY platform ON ${quote(table)} USING (${OF_PLATFORM})`,
  `CREATE POLICY tenants ON ${quote(table)} FOR SELECT USING (${SEEN[visibility]})`,
];
