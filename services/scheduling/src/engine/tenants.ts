import { shiftOf, usedAfter } from './fairness.js';
import type { Standing } from './order.js';
import type { QuotaSpec } from './types.js';
import { WHOLE } from './units.js';

/** What a tenant may hold, holds, waits for and has used; in milli-GPUs. */
export class TenantUse {
  quota: QuotaSpec | undefined;
  inUse = 0;
  /** Of that, what has been asked to leave. */
  leaving = 0;
  /** From this place in the order on its young jobs borrow, as of the last review; undefined: none does. */
  borrowsFrom: Pick<Standing, 'ask' | 'old' | 'overdue' | 'small' | 'key'> | undefined;
  /** What its jobs that wait ask for. */
  waiting = 0;
  /** What is left of its guaranteed quota, while a review counts. */
  left = 0;
  /** Used in the past, older use counting less: milli-GPU-minutes. */
  used = 0;
  /** Its jobs' keys are later by so much, for the sake of fair shares. */
  shiftMs = 0;
  /** What bars it: nothing of it is placed while there is any. */
  readonly barredBy = new Set<string>();

  /** Without a quota a tenant may hold nothing. */
  get cap(): number {
    return this.quota ? (this.quota.guaranteed + this.quota.borrowable) * WHOLE : 0;
  }

  get guaranteed(): number {
    return (this.quota?.guaranteed ?? 0) * WHOLE;
  }

  get weight(): number {
    return this.quota?.weight ?? 0;
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

  /**
   * Counts what was held in the last minutes and shifts the tenants that have jobs anew. Alone, a tenant is not shifted.
   */
  share(minutes: number): void {
    let [used, weights] = [0, 0];
    for (const use of this.all.values()) {
      use.used = usedAfter(use.used, minutes, use.inUse);
      if (!isActive(use)) continue;
      used += use.used;
      weights += use.weight;
    }
    for (const use of this.all.values()) {
      use.shiftMs = used > 0 && isActive(use) ? shiftOf(use.used / used, use.weight / weights) : 0;
    }
  }
}

const isActive = ({ inUse, waiting, weight }: TenantUse): boolean => weight > 0 && (inUse > 0 || waiting > 0);
