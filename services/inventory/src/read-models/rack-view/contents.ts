/** What stands in racks, now or at a moment: nodes, switches, appliances. */
import type { NodeStatus, PartKind } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { In, type DataSource } from 'typeorm';
import type { RackContent } from '../../capacity.js';
import { MODELS } from '../../node/models.js';
import { SWITCH, UFM } from '../../superpod/fabric.js';
import { holding } from '../interval.js';
import { NodeStayRow } from '../node-stays/node-stays.js';
import { NodeRow } from '../node-view/node-view.js';
import { PartRow } from '../part-view/part-view.js';
import { PlaceRow } from '../place-view/place-view.js';

export interface Standing extends RackContent {
  /** The node's or the part's. */
  readonly id: string;
  readonly kind: 'node' | PartKind;
  readonly model: string;
  readonly name?: string;
  readonly serial?: string;
  readonly status?: NodeStatus;
}

type Size = Pick<RackContent, 'units' | 'maxKw'>;
const sizeOf = (kind: PartKind): Size => {
  if (kind === 'leaf_switch' || kind === 'spine_switch') return SWITCH;
  return kind === 'ufm_appliance' ? UFM : { units: 1, maxKw: 0 };
};

/** @returns by rack, from the floor up */
export async function standingIn(db: DataSource, racks: readonly string[], asOf: Instant | undefined): Promise<ReadonlyMap<string, Standing[]>> {
  const places = await db.getRepository(PlaceRow).findBy(holding<PlaceRow>({ host: In(racks) }, asOf));
  const things = In(places.map(({ thing }) => thing));
  const [nodes, stays, parts] = await Promise.all([
    db.getRepository(NodeRow).find({ select: { node: true, name: true, model: true }, where: { node: things } }),
    db.getRepository(NodeStayRow).findBy(holding<NodeStayRow>({ node: things }, asOf)),
    db.getRepository(PartRow).findBy({ part: things }),
  ]);
  const statuses = new Map(stays.map(({ node, status }) => [node, status]));
  const known = new Map<string, Omit<Standing, 'unit'>>([
    ...nodes.map(({ node, name, model }) => [node, { id: node, kind: 'node', name, model, ...statusOf(statuses.get(node)), ...MODELS[model] }] as const),
    ...parts.map(({ part, kind, model, serial, name }) => [part, { id: part, kind, model, serial, ...(name === null ? {} : { name }), ...sizeOf(kind) }] as const),
  ]);
  const standing = places.flatMap(({ thing, host, slot }) => {
    const what = known.get(thing);
    const unit = Number(slot);
    return what !== undefined && Number.isInteger(unit) && unit > 0 ? [{ host, what: { ...what, unit } }] : [];
  });
  return new Map([...Map.groupBy(standing, ({ host }) => host)].map(([host, all]) => [host, all.map(({ what }) => what).sort((a, b) => a.unit - b.unit)]));
}

const statusOf = (status: NodeStatus | undefined) => (status === undefined ? {} : { status });
