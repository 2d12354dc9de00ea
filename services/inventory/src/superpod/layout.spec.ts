import { Refusal } from '@pioche/kernel';
import fc from 'fast-check';
import { MODELS } from '../node/models.js';
import { MOST_SCALABLE_UNITS, RAILS, SWITCH, UFM } from './fabric.js';
import { layout } from './layout.js';
import type { Layout } from './pieces.js';

const made = new Map<number, Layout>();
const of = (scalable_units: number): Layout => {
  const known = made.get(scalable_units) ?? layout({ superpod: 'superpod_01h2xcejqtf2nbrexx3vqjhp43', name: 'p1', scalable_units, model: 'DGX H100' });
  made.set(scalable_units, known);
  return known;
};
/** There are only so many sizes: each is looked at. */
const forAllUnits = (check: (planned: Layout, units: number) => void) => {
  for (let units = 1; units <= MOST_SCALABLE_UNITS; units += 1) check(of(units), units);
};
const distinct = (values: readonly string[]) => new Set(values).size;

const serialsOf = ({ nodes, leaves, spines, appliances, cables }: Layout) =>
  [...nodes, ...leaves, ...spines, ...appliances, ...cables, ...nodes.flatMap((node) => node.gpus)].map((piece) => piece.serial);

describe('the layout of a SuperPOD', () => {
  // NVIDIA DGX SuperPOD reference architecture H100, network fabrics, table 4
  it.each([
    [1, 31, 248, 8, 4, 252, 256],
    [2, 63, 504, 16, 8, 508, 512],
    [3, 95, 760, 24, 16, 764, 768],
    [4, 127, 1016, 32, 16, 1020, 1024],
  ])('of %i units is as the reference architecture has it', (units, nodes, gpus, leaves, spines, computeAndUfm, spineLeaf) => {
    const planned = of(units);
    expect(planned.nodes).toHaveLength(nodes);
    expect(planned.nodes.flatMap((node) => node.gpus)).toHaveLength(gpus);
    expect(planned.leaves).toHaveLength(leaves);
    expect(planned.spines).toHaveLength(spines);
    expect(planned.cables.filter((cable) => cable.kind !== 'spine_leaf')).toHaveLength(computeAndUfm);
    expect(planned.cables.filter((cable) => cable.kind === 'spine_leaf')).toHaveLength(spineLeaf);
  });

  it('of 4 units stands in 38 racks', () => expect(of(4).racks).toHaveLength(38));

  it('has 32n−1 nodes, 8n leaves, 256n spine-leaf and 8·nodes+4 other cables for every n', () =>
    forAllUnits(({ nodes, leaves, cables }, n) => {
      expect(nodes).toHaveLength(32 * n - 1);
      expect(leaves).toHaveLength(8 * n);
      expect(cables.filter((cable) => cable.kind === 'spine_leaf')).toHaveLength(256 * n);
      expect(cables.filter((cable) => cable.kind === 'compute')).toHaveLength(8 * nodes.length);
      expect(cables.filter((cable) => cable.kind === 'ufm')).toHaveLength(4);
    }));

  it('has one leaf per rail and unit', () =>
    forAllUnits(({ leaves }, n) => {
      expect(distinct(leaves.map((leaf) => `${leaf.scalable_unit}/${leaf.rail}`))).toBe(RAILS * n);
      expect(leaves.every((leaf) => leaf.rail < RAILS && leaf.scalable_unit <= n)).toBe(true);
    }));

  it("hangs GPU g of a node on rail g's leaf of its unit, and cables it there", () =>
    forAllUnits(({ nodes, leaves, cables }) => {
      const leafOf = new Map(leaves.map((leaf) => [leaf.id as string, leaf]));
      const cabled = new Map(cables.map(({ ends: [near, far] }) => [`${near.host}/${near.slot}`, far.host]));
      const wrong = nodes.flatMap((node) =>
        node.gpus.filter((gpu) => {
          const leaf = leafOf.get(gpu.leaf);
          const right = gpu.rail === gpu.index && leaf?.rail === gpu.rail && leaf.scalable_unit === node.scalable_unit;
          return !right || cabled.get(`${node.id}/compute-rail-${gpu.rail + 1}`) !== gpu.leaf;
        }),
      );
      expect(wrong).toEqual([]);
    }));

  it('uses no port twice, and none that a switch does not have', () =>
    forAllUnits(({ cables, leaves, spines }) => {
      const ends = cables.flatMap((cable) => cable.ends);
      expect(distinct(ends.map((end) => `${end.host}/${end.slot}`))).toBe(ends.length);
      const switches = new Set<string>([...leaves, ...spines].map((device) => device.id));
      expect(ends.filter((end) => switches.has(end.host) && !(Number(end.slot) >= 1 && Number(end.slot) <= SWITCH.ports))).toEqual([]);
    }));

  it('spreads the uplinks of each leaf evenly over all spines', () =>
    forAllUnits(({ cables, leaves, spines }) => {
      const links = new Map<string, number>();
      for (const { kind, ends: [leaf, spine] } of cables) {
        if (kind === 'spine_leaf') links.set(`${leaf.host}/${spine.host}`, (links.get(`${leaf.host}/${spine.host}`) ?? 0) + 1);
      }
      expect(links.size).toBe(leaves.length * spines.length);
      expect(new Set(links.values())).toEqual(new Set([32 / spines.length]));
    }));

  it('keeps each rack within its units and its power, nothing in the same unit twice', () =>
    forAllUnits(({ racks, nodes, leaves, spines, appliances }) => {
      const { units, maxKw } = MODELS['DGX H100'];
      const contents = [
        ...nodes.map((node) => ({ rack: node.rack, unit: node.unit, units, kw: maxKw })),
        ...[...leaves, ...spines, ...appliances].map((device) => ({ rack: device.rack, unit: device.unit, units: UFM.units, kw: device.max_kw })),
      ];
      for (const rack of racks) {
        const inside = contents.filter((content) => content.rack === rack.id);
        const filled = inside.flatMap((content) => Array.from({ length: content.units }, (_, at) => String(content.unit + at)));
        expect(distinct(filled)).toBe(filled.length);
        expect(Math.max(...filled.map(Number))).toBeLessThanOrEqual(rack.units);
        expect(inside.reduce((kw, content) => kw + content.kw, 0)).toBeLessThanOrEqual(rack.max_kw + 1e-9);
      }
    }));

  it('gives every piece its own serial', () =>
    forAllUnits((planned) => expect(distinct(serialsOf(planned))).toBe(serialsOf(planned).length)));

  it('gives a SuperPOD the same pieces each time, and none that another has', () =>
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        const planned = (superpod: string) => layout({ superpod, name: 'p', scalable_units: 1, model: 'DGX H100' });
        expect(planned(one)).toEqual(planned(one));
        if (one !== other) expect(distinct([...serialsOf(planned(one)), ...serialsOf(planned(other))])).toBe(2 * serialsOf(planned(one)).length);
      }),
      { numRuns: 5 },
    ));

  it('ends where two tiers of switches do', () =>
    expect(() => of(MOST_SCALABLE_UNITS + 1)).toThrow(Refusal));
});
