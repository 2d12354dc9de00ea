import type { Pool } from './pool.js';
import type { PowerCap } from './types.js';
import { WHOLE } from './units.js';

/** A job at its site's power cap whose share of the power later ones leave alone. */
export interface PowerKept {
  readonly job: string;
  readonly site: string;
  readonly milliwatts: number;
}

/** What the GPUs that jobs hold in each site may draw, and draw: in thousandths of a watt, exact. */
export class Power {
  readonly caps = new Map<string, PowerCap>();
  private readonly drawn = new Map<string, number>();

  /** Milliwatts of so many milli-GPUs; 0 where the site has no cap. */
  drawOf(site: string, model: string, milli: number): number {
    const cap = this.caps.get(site);
    return cap ? milli * (cap.gpuWatts[model] ?? Math.max(0, ...Object.values(cap.gpuWatts))) : 0;
  }

  /** Whether the site may draw what so many milli-GPUs of the pool would, beside what is drawn. @param kept milliwatts that are left to others, too */
  allows(pool: Pool, milli: number, kept = 0): boolean {
    return this.fits(pool, milli, this.drawnBy(pool.facts.site) + kept);
  }

  /** Whether the site's cap would do for it alone. */
  couldDraw(pool: Pool, milli: number): boolean {
    return this.fits(pool, milli, 0);
  }

  private fits({ facts: { site }, model }: Pool, milli: number, besides: number): boolean {
    const cap = this.caps.get(site);
    return !cap || besides + this.drawOf(site, model, milli) <= cap.maxWatts * WHOLE;
  }

  /** Milliwatts that are drawn in a site with a cap. */
  drawnBy(site: string): number {
    return this.drawn.get(site) ?? 0;
  }

  /** @param milli negative: it draws no longer */
  changed(site: string, model: string, milli: number): void {
    if (this.caps.has(site)) this.drawn.set(site, this.drawnBy(site) + this.drawOf(site, model, milli));
  }

  /** Another cap, or none; what is held now is counted by it. */
  setCap(site: string, cap: PowerCap | undefined, held: Iterable<{ readonly model: string; readonly milli: number }>): void {
    if (cap) this.caps.set(site, cap);
    else this.caps.delete(site);
    this.drawn.delete(site);
    for (const { model, milli } of held) this.changed(site, model, milli);
  }
}
