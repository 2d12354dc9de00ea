import { WHOLE } from './units.js';
import type { QuotaSpec } from './types.js';

/** What a tenant may hold and holds, in milli-GPUs. */
export class TenantUse {
  quota: QuotaSpec | undefined;
  inUse = 0;
  /** What bars it: nothing of it is placed while there is any. */
  readonly barredBy = new Set<string>();

  /** Without a quota a tenant may hold nothing. */
  get cap(): number {
    return this.quota ? (this.quota.guaranteed + this.quota.borrowable) * WHOLE : 0;
  }
}

export class Tenants {
  readonly all = new Map<string, TenantUse>();

  of(tenant: string): TenantUse {
    const known = this.all.get(tenant);
    if (known) return known;
    const made = new TenantUse();
    this.all.set(tenant, made);
    return made;
  }
}
