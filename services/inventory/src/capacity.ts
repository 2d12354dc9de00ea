/** What will be in service when, and what still fits where. */
import type { NodeModel, NodeStatus } from '@pioche/contracts';
import { plusSeconds, type Instant } from '@pioche/kernel';
import { BURN_IN_HOURS, NODE_SLA, wayIntoService } from './node/life.js';
import { MODELS } from './node/models.js';

export interface NodeOnItsWay {
  readonly site: string;
  readonly model: NodeModel;
  readonly status: NodeStatus;
  /** When it should leave its status. */
  readonly due?: Instant | undefined;
}

export interface CapacityStep {
  readonly site: string;
  readonly at: Instant;
  /** In service from then on, on this site. */
  readonly nodes: number;
  readonly gpus: number;
}

const hoursIn = (status: NodeStatus): number => (NODE_SLA[status] ?? 0) + (status === 'burn_in' ? BURN_IN_HOURS : 0);

/** The latest moment at which the node is in service when every SLA ahead is kept; undefined: never. A late node counts from now. */
export function expectedInService(node: NodeOnItsWay, now: Instant): Instant | undefined {
  const way = wayIntoService(node.status);
  if (way === undefined) return undefined;
  const leaves = node.due === undefined || node.due < now ? now : node.due;
  return plusSeconds(leaves, way.reduce((hours, status) => hours + hoursIn(status), 0) * 3600);
}

/** Capacity per site, growing step by step, from what is in service now. */
export function capacityPlan(nodes: readonly NodeOnItsWay[], now: Instant): CapacityStep[] {
  const arrivals = new Map<string, { site: string; at: Instant; nodes: number; gpus: number }>();
  for (const node of nodes) {
    const at = expectedInService(node, now);
    if (at === undefined) continue;
    const key = `${node.site}/${at}`;
    const { nodes: count, gpus } = arrivals.get(key) ?? { nodes: 0, gpus: 0 };
    arrivals.set(key, { site: node.site, at, nodes: count + 1, gpus: gpus + MODELS[node.model].gpus.count });
  }
  const totals = new Map<string, { nodes: number; gpus: number }>();
  return [...arrivals.values()]
    .sort((a, b) => a.site.localeCompare(b.site) || a.at.localeCompare(b.at))
    .map(({ site, at, ...more }) => {
      const before = totals.get(site) ?? { nodes: 0, gpus: 0 };
      const total = { nodes: before.nodes + more.nodes, gpus: before.gpus + more.gpus };
      totals.set(site, total);
      return { site, at, ...total };
    });
}

/** Something in a rack: how high, how hungry, and from which unit up. */
export interface RackContent {
  readonly unit: number;
  readonly units: number;
  readonly maxKw: number;
}

export interface Headroom {
  readonly unitsFree: number;
  readonly kwFree: number;
  /** How many more machines of the model fit, by space in one piece and by power. */
  readonly fits: number;
  /** Units that two contents claim, or that the rack does not have: someone has noted a wrong place. */
  readonly conflicts: readonly number[];
}

/** Room left in a rack of so many units and so much power (kW) for machines of `model`. */
export function headroom(rack: { units: number; maxKw: number }, contents: readonly RackContent[], model: NodeModel): Headroom {
  const claims = contents.flatMap(({ unit, units }) => Array.from({ length: units }, (_, at) => unit + at));
  const taken = new Set(claims);
  const conflicts = [...new Set(claims.filter((unit, at) => unit > rack.units || claims.indexOf(unit) !== at))];
  const free = Array.from({ length: rack.units }, (_, at) => at + 1).filter((unit) => !taken.has(unit));
  // Watts, so that 40.8 − 4 × 10.2 is nothing.
  const wattsFree = Math.round(rack.maxKw * 1000) - contents.reduce((watts, content) => watts + Math.round(content.maxKw * 1000), 0);
  const { units, maxKw } = MODELS[model];
  const bySpace = gapsOf(free).reduce((sum, gap) => sum + Math.floor(gap / units), 0);
  const byPower = Math.max(0, Math.floor(wattsFree / Math.round(maxKw * 1000)));
  return { unitsFree: free.length, kwFree: wattsFree / 1000, fits: Math.min(bySpace, byPower), conflicts };
}

/** Lengths of the runs of neighbouring units. */
function gapsOf(free: readonly number[]): number[] {
  const gaps: number[] = [];
  let before: number | undefined;
  for (const unit of free) {
    if (before !== undefined && unit === before + 1) gaps.push((gaps.pop() ?? 0) + 1);
    else gaps.push(1);
    before = unit;
  }
  return gaps;
}

/** Power (kW) that a hall can still give to racks. */
export const hallHeadroomKw = (powerKw: number, racks: readonly { maxKw: number }[]): number =>
  (Math.round(powerKw * 1000) - racks.reduce((watts, rack) => watts + Math.round(rack.maxKw * 1000), 0)) / 1000;
