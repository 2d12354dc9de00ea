/** What tenants' quotas leave, over time: less what runs until its limit, less what is reserved. */
import type { JobClass } from './backlog.js';
import type { Reservation } from './reservation.js';
import type { Running } from './running.js';
import { type Amount, Skyline } from './skyline.js';
import type { TenantUse } from './tenants.js';

const of = (milli: number): Amount => ({ gpus: milli, cpu: 0, memory: 0 });

/** In milli-GPUs, of those tenants whose quota could bind: of others nothing is computed. */
export class Quotas {
  /** Absent while there are none, as in most plans. */
  private lines: Map<TenantUse, Skyline> | undefined;
  /** Reservations by tenant, and what they hold together. */
  private reserved: Map<TenantUse, { milli: number; readonly all: Reservation[] }> | undefined;

  constructor(
    private readonly running: Running,
    private readonly nowMs: number,
  ) {}

  with(reservations: readonly Reservation[]): this {
    for (const reservation of reservations) this.reserve(reservation);
    return this;
  }

  reserve(reservation: Reservation): void {
    const { tenant, milli } = reservation.holder;
    this.reserved ??= new Map();
    const mine = this.reserved.get(tenant) ?? { milli: 0, all: [] };
    mine.milli += milli;
    mine.all.push(reservation);
    this.reserved.set(tenant, mine);
    this.lines?.get(tenant)?.take(reservation.startMs, reservation.endMs, of(milli));
  }

  /** Whether the tenant may hold one job of the class more until then, beside what is reserved for others of its jobs. */
  allows(cls: JobClass, endMs: number): boolean {
    const { tenant, milli } = cls;
    if (tenant.inUse + milli > tenant.cap) return false;
    if (tenant.inUse + (this.reserved?.get(tenant)?.milli ?? 0) + milli <= tenant.cap) return true;
    return this.lineOf(tenant).spare(this.nowMs, endMs, of(0)) >= milli;
  }

  /** The first time from then on that the tenant may hold one job more for so long. */
  earliest({ tenant, milli }: JobClass, fromMs: number, lengthMs: number): number {
    if (tenant.inUse + (this.reserved?.get(tenant)?.milli ?? 0) + milli <= tenant.cap) return fromMs;
    return this.lineOf(tenant).earliest(fromMs, lengthMs, of(milli));
  }

  /** For how long from now on the tenant may hold one job more. */
  untilMs({ tenant, milli }: JobClass): number {
    if (tenant.inUse + (this.reserved?.get(tenant)?.milli ?? 0) + milli <= tenant.cap) return Infinity;
    return this.lineOf(tenant).until(this.nowMs, of(milli));
  }

  starts({ tenant, milli }: JobClass, endMs: number): void {
    this.lines?.get(tenant)?.take(this.nowMs, endMs, of(milli));
  }

  private lineOf(tenant: TenantUse): Skyline {
    const known = this.lines?.get(tenant);
    if (known) return known;
    const ends: { readonly atMs: number; readonly amount: Amount }[] = [];
    for (const { job, endMs } of this.running.jobs) if (job.cls.tenant === tenant) ends.push({ atMs: endMs > this.nowMs ? endMs : this.nowMs + 1, amount: of(job.cls.milli) });
    const line = new Skyline(this.nowMs, of(tenant.cap - tenant.inUse));
    line.rise(ends);
    for (const { startMs, endMs, holder } of this.reserved?.get(tenant)?.all ?? []) line.take(startMs, endMs, of(holder.milli));
    this.lines ??= new Map();
    this.lines.set(tenant, line);
    return line;
  }
}
