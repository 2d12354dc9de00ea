import { idOf, refuse, type Context, type Id } from '@pioche/kernel';

/**
 * Whose it will be: everything of the lab belongs to a tenant, which alone sees it beside operators and auditors.
 * @param named by who asks; a tenant may leave it out and means itself
 */
export const ownerOf = (named: Id<'tenant'> | undefined, { tenant }: Pick<Context, 'tenant'>): Id<'tenant'> =>
  named ?? (tenant === undefined ? refuse('tenant-missing') : idOf('tenant').parse(tenant));

/** The data of an opening event as it is asked for: the tenant may be left out. */
export const OWNER_OPTIONAL = { tenant: true } as const;
