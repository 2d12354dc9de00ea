/** Which port is cabled to which. */
import type { PartPlace } from '@pioche/contracts';
import { partId } from '../part/part-id.js';
import { PLACES_PER_UNIT, RAILS, UFM, UFM_CABLES, UPLINKS } from './fabric.js';
import type { Layout, Naming, PlannedCable } from './pieces.js';

type Devices = Omit<Layout, 'racks' | 'cables'>;

/** Ports are counted from 1. A leaf's 1–32 go down to the places of its unit, 33–64 up. */
export function cables(devices: Devices, named: Naming): PlannedCable[] {
  return [...compute(devices, named), ...ufm(devices, named), ...spineLeaf(devices, named)];
}

/** Node n's GPU g to port n of rail g's leaf in its unit. */
const compute = ({ nodes }: Devices, named: Naming): PlannedCable[] =>
  nodes.flatMap((node) =>
    node.gpus.map(({ rail, leaf }) =>
      cable('compute', named, { host: node.id, slot: `compute-rail-${rail + 1}` }, port(leaf, (node.rank % PLACES_PER_UNIT) + 1)),
    ),
  );

/** The fabric manager sits on the ports of the last unit's empty place, on the first rails. */
const ufm = ({ leaves, appliances }: Devices, named: Naming): PlannedCable[] =>
  leaves
    .slice(-RAILS)
    .slice(0, UFM_CABLES)
    .flatMap((leaf, at) => {
      const appliance = appliances[at % UFM.count];
      if (!appliance) return [];
      return [cable('ufm', named, { host: appliance.id, slot: `ib-${Math.floor(at / UFM.count) + 1}` }, port(leaf.id, PLACES_PER_UNIT))];
    });

/** Each leaf has the same number of uplinks to each spine. */
function spineLeaf({ leaves, spines }: Devices, named: Naming): PlannedCable[] {
  const links = UPLINKS / spines.length;
  return leaves.flatMap((leaf, l) =>
    spines.flatMap((spine, s) =>
      Array.from({ length: links }, (_, link) =>
        cable('spine_leaf', named, port(leaf.id, UPLINKS + s * links + link + 1), port(spine.id, l * links + link + 1)),
      ),
    ),
  );
}

const port = (host: PartPlace['host'], number: number): PartPlace => ({ host, slot: String(number) });

function cable(kind: PlannedCable['kind'], named: Naming, near: PartPlace, far: PartPlace): PlannedCable {
  const serial = named.serial(`${near.host}/${near.slot}`);
  return { id: partId('cable', serial), kind, model: 'NDR 400G', serial, ends: [near, far] };
}
