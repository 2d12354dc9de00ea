import type { NodeStatus } from '@pioche/contracts';
import { plusSeconds, type Instant } from '@pioche/kernel';

/** Status → what may be done → status. The guards, the docs, the capacity plan and the console's buttons are made from it. */
export const NODE_LIFE = {
  ordered: { receive: 'received' },
  received: { rack: 'racked', decommission: 'decommissioning' },
  racked: { startCommissioning: 'commissioning', decommission: 'decommissioning' },
  commissioning: { startBurnIn: 'burn_in', quarantine: 'quarantined' },
  burn_in: { putInService: 'in_service', quarantine: 'quarantined' },
  in_service: { drain: 'draining', quarantine: 'quarantined' },
  draining: { resume: 'in_service', quarantine: 'quarantined' },
  quarantined: { startRepair: 'under_repair', decommission: 'decommissioning' },
  under_repair: { startBurnIn: 'burn_in', openRma: 'rma_opened', decommission: 'decommissioning' },
  rma_opened: { shipRma: 'rma_shipped' },
  rma_shipped: { receiveReplacement: 'replacement_received' },
  replacement_received: { rack: 'racked' },
  decommissioning: { retire: 'retired' },
  retired: {},
} as const satisfies Readonly<Record<NodeStatus, Readonly<Record<string, NodeStatus>>>>;

/**
 * Hours that a node may be in a status before it is a breach; null: for ever.
 * Burn-in is counted from its end, an order from its day unless a delivery date was promised; a drain has its own deadline.
 */
export const NODE_SLA: Readonly<Record<NodeStatus, number | null>> = {
  ordered: 120 * 24,
  received: 5 * 24,
  racked: 3 * 24,
  commissioning: 2 * 24,
  burn_in: 24,
  in_service: null,
  draining: null,
  quarantined: 24,
  under_repair: 3 * 24,
  rma_opened: 2 * 24,
  rma_shipped: 21 * 24,
  replacement_received: 3 * 24,
  decommissioning: 14 * 24,
  retired: null,
};

export const BURN_IN_HOURS = 72;

export const plusHours = (at: Instant, hours: number): Instant => plusSeconds(at, hours * 3600);

/** When a node that has been in `status` since then should have left it; undefined: never. */
export function slaDue(status: NodeStatus, since: Instant): Instant | undefined {
  const hours = NODE_SLA[status];
  return hours === null ? undefined : plusHours(since, hours);
}

/** The statuses that lie ahead on the shortest way from `status` into service, without it; undefined: there is no way. */
export function wayIntoService(status: NodeStatus): readonly NodeStatus[] | undefined {
  const ways: NodeStatus[][] = [[status]];
  const seen = new Set<NodeStatus>([status]);
  for (const way of ways) {
    const last = way.at(-1) ?? status;
    if (last === 'in_service') return way.slice(1);
    for (const next of Object.values<NodeStatus>(NODE_LIFE[last])) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
