/** Jobs that are alike: what the engine finds out for one of them holds for all. */
import { milliOf } from './order.js';
import type { Pool } from './pool.js';
import type { TenantUse, Tenants } from './tenants.js';
import type { JobAsk, Permit } from './types.js';

/** Jobs that no rule and no size tells apart: what does not fit for one does not fit for any. */
export interface JobClass {
  readonly sample: JobAsk;
  readonly tenant: TenantUse;
  /** Milli-GPUs of one job of it. */
  readonly milli: number;
  /** How many wait. */
  live: number;
  /** No job of it that waits has a shorter limit. */
  minLimitMs: number;
  /** The pools it may use, with their permits, as of `permitsAt`. */
  permitted: { readonly pool: Pool; readonly permit: Permit & { readonly allowed: true } }[];
  permitsAt: number;
  /** In plan `blockedIn`, jobs with this limit or a longer one do not start. */
  blockedIn: number;
  blockedFromMs: number;
  /** In that plan it is not GPUs that it lacks: an old job of it reserves nothing. */
  closed: boolean;
  /** At this count of releases nothing of it fitted. */
  misfitAt: number;
  /** Number of its kind (`Packing.numberOf`); −1 until somebody asks. */
  kind: number;
}

/** Classes that are remembered by a few of their numbers. */
const RECENT = 1024;

export class JobClasses {
  private readonly byText = new Map<string, JobClass>();
  /** By numbers, the last class met: comparing two asks costs a tenth of writing one as a text. */
  private readonly recent = Array.from<JobClass | undefined>({ length: RECENT });

  constructor(private readonly tenants: Tenants) {}

  of(ask: JobAsk): JobClass {
    const slot = slotOf(ask);
    const met = this.recent[slot];
    if (met && isSame(met.sample, ask)) return met;
    const found = this.byTextOf(ask);
    this.recent[slot] = found;
    return found;
  }

  private byTextOf(ask: JobAsk): JobClass {
    const text = textOf(ask);
    const known = this.byText.get(text);
    if (known) return known;
    const made: JobClass = {
      sample: ask, tenant: this.tenants.of(ask.tenant), milli: milliOf(ask), live: 0, minLimitMs: 0,
      permitted: [], permitsAt: -1, blockedIn: -1, blockedFromMs: 0, closed: false, misfitAt: -1, kind: -1,
    };
    this.byText.set(text, made);
    return made;
  }
}

/** Any mixture will do: a slot that two classes share only costs time. */
function slotOf({ nodes, gpusPerNode, gpuMilli, cpuMilli = 0, memoryMib = 0 }: JobAsk): number {
  const mixed = Math.imul(nodes, 31) ^ Math.imul(gpusPerNode, 7) ^ Math.imul(gpuMilli, 0x9e37) ^ Math.imul(cpuMilli, 0x85eb) ^ Math.imul(memoryMib, 0xc2b3);
  return (mixed ^ (mixed >>> 10) ^ (mixed >>> 20)) & (RECENT - 1);
}

/** Whether their texts would be the same, as far as that shows without looking into lists. */
const isSame = (a: JobAsk, b: JobAsk): boolean =>
  a.gpusPerNode === b.gpusPerNode && a.gpuMilli === b.gpuMilli && a.nodes === b.nodes && a.cpuMilli === b.cpuMilli && a.memoryMib === b.memoryMib
  && a.tenant === b.tenant && a.project === b.project && a.dataClass === b.dataClass && a.site === b.site && a.migProfile === b.migProfile
  && a.gpuModels === b.gpuModels && a.topology === b.topology;

function textOf({ tenant, project, site, gpuModels, dataClass, nodes, gpusPerNode, gpuMilli, migProfile, cpuMilli, memoryMib, topology }: JobAsk): string {
  // One text of all of them; a list that is joined takes three times as long.
  return `${tenant}\n${project}\n${site}\n${gpuModels?.join('|')}\n${dataClass}\n${nodes}\n${gpusPerNode}\n${gpuMilli}\n${migProfile}\n${cpuMilli}\n${memoryMib}\n${topology?.required}\n${topology?.preferred}`;
}
