/** What a manifest means, piece by piece. Pure: the same manifest gives the same racks, ids and serials, always. */
import { derivedId, refuse } from '@pioche/kernel';
import { MODELS } from '../node/models.js';
import { partId } from '../part/part-id.js';
import { cables } from './cables.js';
import { leavesIn, MOST_SCALABLE_UNITS, nodesIn, PLACES_PER_UNIT, RAILS, spinesIn, SWITCH, UFM } from './fabric.js';
import { naming, type Layout, type Leaf, type Manifest, type PlannedDevice, type PlannedNode, type PlannedRack } from './pieces.js';

const RACK = { units: 48, max_kw: 40.8 } as const;
/** Four of 10.2 kW are what a rack's 40.8 kW carry. */
const NODES_PER_RACK = 4;
/** For 4 units this gives 6 racks beside the 32 of nodes: the 38 of the reference architecture (table 7). */
const SWITCHES_PER_RACK = 8;

const range = (length: number): number[] => Array.from({ length }, (_, at) => at);
const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** @throws Refusal `too-many-scalable-units` */
export function layout(manifest: Manifest): Layout {
  const units = manifest.scalable_units;
  if (units > MOST_SCALABLE_UNITS) refuse('too-many-scalable-units', { most: MOST_SCALABLE_UNITS, scalable_units: units });
  const named = naming(manifest);

  const rack = (name: string): PlannedRack => ({ id: derivedId('rack', manifest.superpod, name), name: named.name(name), ...RACK });
  const computeRacks = range(Math.ceil(nodesIn(units) / NODES_PER_RACK)).map((at) => rack(`r${twoDigits(at + 1)}`));
  const fabricRacks = range(Math.ceil((leavesIn(units) + spinesIn(units)) / SWITCHES_PER_RACK)).map((at) => rack(`f${twoDigits(at + 1)}`));

  const device = (kind: PlannedDevice['kind'], name: string, at: { rack: number; unit: number }): PlannedDevice => {
    const { model, maxKw } = kind === 'ufm_appliance' ? UFM : SWITCH;
    const serial = named.serial(name);
    return { id: partId(kind, serial), kind, name: named.name(name), model, serial, rack: atOf(fabricRacks, at.rack).id, unit: at.unit, max_kw: maxKw };
  };
  const switchPlace = (at: number) => ({ rack: Math.floor(at / SWITCHES_PER_RACK), unit: (at % SWITCHES_PER_RACK) + 1 });

  const leaves = range(leavesIn(units)).map((at): Leaf => {
    const [scalable_unit, rail] = [Math.floor(at / RAILS) + 1, at % RAILS];
    return { ...device('leaf_switch', `su${scalable_unit}-leaf${rail}`, switchPlace(at)), scalable_unit, rail };
  });
  const spines = range(spinesIn(units)).map((at) => device('spine_switch', `spine${twoDigits(at + 1)}`, switchPlace(leaves.length + at)));
  const appliances = range(UFM.count).map((at) => device('ufm_appliance', `ufm${at + 1}`, { rack: 0, unit: SWITCHES_PER_RACK + 1 + at }));

  const { units: height, gpus } = MODELS[manifest.model];
  const nodes = range(nodesIn(units)).map((rank): PlannedNode => {
    const su = Math.floor(rank / PLACES_PER_UNIT);
    const name = `su${su + 1}-n${twoDigits((rank % PLACES_PER_UNIT) + 1)}`;
    return {
      id: derivedId('node', manifest.superpod, name),
      name: named.name(name),
      serial: named.serial(name),
      rank,
      scalable_unit: su + 1,
      rack: atOf(computeRacks, Math.floor(rank / NODES_PER_RACK)).id,
      unit: (rank % NODES_PER_RACK) * height + 1,
      gpus: range(gpus.count).map((index) => ({
        index,
        model: gpus.model,
        serial: named.serial(`${name}-gpu${index}`),
        memory_gib: gpus.memoryGib,
        rail: index,
        leaf: atOf(leaves, su * RAILS + index).id,
      })),
    };
  });

  const devices = { nodes, leaves, spines, appliances };
  return { racks: [...computeRacks, ...fabricRacks], ...devices, cables: cables(devices, named) };
}

/** @throws RangeError beyond the end: the numbers of the fabric would contradict each other */
function atOf<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no element ${index} of ${list.length}`);
  return found;
}
