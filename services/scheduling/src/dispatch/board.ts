import type { FenceEvent, JobEvent, NodePlacement, Recorded } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import type { Submission } from '../job/job.js';

/** What the nodes of a site must know of an open allocation. */
export interface Assignment {
  readonly allocation: string;
  readonly job: string;
  readonly name: string;
  readonly tenant: string;
  /** Seconds. */
  readonly time_limit_s: number;
  readonly placements: readonly NodePlacement[];
  readonly status: 'placed' | 'running';
  readonly placed_at: Instant;
  readonly started_at?: Instant;
  /** It is asked to save its progress and to stop by then. */
  readonly stop_by?: Instant;
}

interface Posted {
  readonly assignment: Assignment;
  readonly site: string;
  /** Position of the event that changed it last. */
  readonly changed: number;
}

/** An allocation that nodes must not run any more. */
interface Ended {
  readonly allocation: string;
  readonly site: string;
  readonly nodes: readonly string[];
  readonly position: number;
}

interface FenceOrder {
  readonly fence: string;
  readonly tenant: string;
  /** Those that have not acknowledged yet. */
  readonly nodes: readonly string[];
}

export interface SavedBoard {
  readonly posted: readonly Posted[];
  readonly ended: readonly Ended[];
  readonly fences: readonly FenceOrder[];
  readonly siteOf: readonly (readonly [string, string])[];
  readonly since: number;
}

export interface Notice {
  /** All that is open, and what is not in it has ended; otherwise: what has changed since the cursor. */
  readonly complete: boolean;
  readonly assignments: readonly Assignment[];
  readonly ended: readonly string[];
  readonly fences: readonly FenceOrder[];
}

/** Whom a notice is for: every node of a site, or one node. */
export interface Reader {
  readonly site?: string | undefined;
  readonly node?: string | undefined;
}

/** Ended allocations that are remembered; who asks from before them gets everything. */
const REMEMBERED = 20_000;

/** What nodes fetch: open allocations, what has ended, and fences that wait. Kept from the log, event by event. */
export class Board {
  private readonly posted: Map<string, Posted>;
  private readonly ended: Ended[];
  private readonly fences: Map<string, FenceOrder>;
  private readonly siteOf: Map<string, string>;
  /** Everything that ended after this position is in `ended`. */
  private since: number;

  constructor(saved: SavedBoard = { posted: [], ended: [], fences: [], siteOf: [], since: 0 }) {
    this.posted = new Map(saved.posted.map((one) => [one.assignment.allocation, one]));
    this.ended = [...saved.ended];
    this.fences = new Map(saved.fences.map((one) => [one.fence, one]));
    this.siteOf = new Map(saved.siteOf);
    this.since = saved.since;
  }

  save(): SavedBoard {
    return { posted: [...this.posted.values()], ended: this.ended, fences: [...this.fences.values()], siteOf: [...this.siteOf], since: this.since };
  }

  nodeAdmitted(node: string, site: string): void {
    this.siteOf.set(node, site);
  }

  /** @param asked what the job asked for, when it is known */
  jobChanged({ type, subject, position, time, data }: Recorded<JobEvent>, asked: Submission | undefined): void {
    switch (type) {
      case 'JobPlaced':
        return this.post(data.allocation, data, { job: subject, asked, time_limit_s: data.time_limit_s, placed_at: time, changed: position });
      case 'JobRepaired':
        return this.post(data.allocation, data, { job: subject, asked, time_limit_s: this.find(data.from)?.time_limit_s ?? 0, placed_at: time, changed: position });
      case 'JobStarted':
        return this.change(data.allocation, { status: 'running', started_at: time }, position);
      case 'JobPreemptionOrdered':
        return this.change(data.allocation, { stop_by: data.stop_by }, position);
      case 'AllocationClosed': {
        const before = this.posted.get(data.allocation);
        if (!before) return;
        this.posted.delete(data.allocation);
        this.ended.push({ allocation: data.allocation, site: before.site, nodes: before.assignment.placements.map(({ node }) => node), position });
        if (this.ended.length > 2 * REMEMBERED) this.since = this.ended.splice(0, REMEMBERED).at(-1)?.position ?? this.since;
        return;
      }
      default: // nothing that nodes have to know
    }
  }

  private post(
    allocation: string,
    { site, placements }: { readonly site: string; readonly placements: readonly NodePlacement[] },
    { job, asked, time_limit_s, placed_at, changed }: Pick<Assignment, 'job' | 'time_limit_s' | 'placed_at'> & { readonly asked: Submission | undefined; readonly changed: number },
  ): void {
    const { name = '', tenant = '' } = asked ?? {};
    this.posted.set(allocation, { assignment: { allocation, job, name, tenant, time_limit_s, placements, status: 'placed', placed_at }, site, changed });
  }

  private change(allocation: string, to: Partial<Assignment>, changed: number): void {
    const before = this.posted.get(allocation);
    if (before) this.posted.set(allocation, { ...before, assignment: { ...before.assignment, ...to }, changed });
  }

  fenceChanged({ type, subject, data }: Recorded<FenceEvent>): void {
    const before = this.fences.get(subject);
    if (type === 'FenceOrdered') this.fences.set(subject, { fence: subject, tenant: data.tenant, nodes: data.nodes });
    else if (type === 'FenceCompleted') this.fences.delete(subject);
    else if (before) this.fences.set(subject, { ...before, nodes: before.nodes.filter((node) => node !== data.node) });
  }

  /** The open allocation. */
  find(allocation: string): Assignment | undefined {
    return this.posted.get(allocation)?.assignment;
  }

  /** @param since position up to which the reader knows everything; absent: it knows nothing */
  notice({ site, node }: Reader, since: number | undefined): Notice {
    const from = since !== undefined && since >= this.since ? since : undefined;
    const concerns = (place: string, nodes: readonly string[]) => (site === undefined || place === site) && (node === undefined || nodes.includes(node));
    const assignments: Assignment[] = [];
    for (const { assignment, site: place, changed } of this.posted.values())
      if ((from === undefined || changed > from) && concerns(place, assignment.placements.map((each) => each.node))) assignments.push(assignment);
    const ended = from === undefined ? [] : this.endedAfter(from).filter((one) => concerns(one.site, one.nodes)).map(({ allocation }) => allocation);
    // An order stands until it is obeyed, so it is told until then.
    const fences = [...this.fences.values()].flatMap((order) => {
      const nodes = order.nodes.filter((each) => concerns(this.siteOf.get(each) ?? '', [each]));
      return nodes.length > 0 ? [{ ...order, nodes }] : [];
    });
    return { complete: from === undefined, assignments, ended, fences };
  }

  private endedAfter(position: number): Ended[] {
    let first = this.ended.length;
    while (first > 0 && (this.ended[first - 1]?.position ?? 0) > position) first -= 1;
    return this.ended.slice(first);
  }
}
