/** Nodes that are kept for a time: for a tenant that has been promised them, or for maintenance. */
import { sitePlanEvents } from '@pioche/contracts';
import { commandsOf, refuse, type Instant } from '@pioche/kernel';
import { siteOf, sitePlan, type SitePlan } from './site-plan.js';

const { command } = commandsOf(sitePlan);
const { NodesReserved, ReservationEnded } = sitePlanEvents.events;
const { shape } = NodesReserved.data;

export const reserveNodes = command({
  name: 'reserveNodes',
  summary: 'Keep nodes for a tenant, or for maintenance, from a time to another. What runs there may end; nothing that would reach into it is placed.',
  may: 'operate-scheduling',
  input: NodesReserved.data.omit({ reservation: true, site: true }).extend({ from: shape.from.optional().meta({ description: 'Absent: now.' }) }),
  decide(plan, { from: asked, ...input }, context) {
    const site = siteOf(plan);
    const { now } = context;
    const [from, nodes] = [asked ?? now, [...new Set(input.nodes)]];
    if (from < now) refuse('reservation-in-the-past', { field: 'from', from, now });
    if (from >= input.to) refuse('reservation-without-time', { field: 'to', from, to: input.to });
    if (input.tenant !== undefined && !plan.tenants.has(input.tenant)) refuse('tenant-unknown', { tenant: input.tenant });
    for (const node of nodes) {
      if (!plan.nodes.has(node)) refuse('node-unknown', { node });
      refuseOverlap(plan, node, from, input.to);
    }
    return [{ type: 'NodesReserved', data: { reservation: context.newId('reservation'), site, ...input, nodes, from } }];
  },
});

export const endReservation = command({
  name: 'endReservation',
  summary: 'Keep nothing by this reservation any more, whether it has begun or not.',
  may: 'operate-scheduling',
  input: ReservationEnded.data,
  decide(plan, { reservation }) {
    if (!plan.reservations.has(reservation)) refuse('reservation-unknown', { reservation });
    return [{ type: 'ReservationEnded', data: { reservation } }];
  },
});

/** A node is kept for one at a time. */
function refuseOverlap({ reservations }: SitePlan, node: string, from: Instant, to: Instant): void {
  for (const other of reservations.values())
    if (other.from < to && from < other.to && other.nodes.some((each) => each === node))
      refuse('reservation-overlaps', { node, reservation: other.reservation, from: other.from, to: other.to });
}
