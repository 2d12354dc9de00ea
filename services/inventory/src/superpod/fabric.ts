/**
 * The numbers of a DGX H100 SuperPOD (NVIDIA reference architecture H100, network fabrics, table 4):
 * a scalable unit has 32 places for nodes and one leaf switch per rail. The very last place stays empty,
 * and the fabric manager uses the leaf ports that this frees.
 */
export const RAILS = 8;
export const PLACES_PER_UNIT = 32;
export const UFM_CABLES = 4;

/** QM9700: 64 ports of 400 Gb/s in 1U. Half of a leaf's go down, half go up. 1.72 kW at most, by its data sheet. */
export const SWITCH = { model: 'QM9700', ports: 64, units: 1, maxKw: 1.72 } as const;
export const UPLINKS = SWITCH.ports / 2;

/** 1U; the power is our estimate. */
export const UFM = { model: 'UFM Appliance 3.1', count: 2, units: 1, maxKw: 0.75 } as const;

export const nodesIn = (scalableUnits: number): number => PLACES_PER_UNIT * scalableUnits - 1;
export const leavesIn = (scalableUnits: number): number => RAILS * scalableUnits;

/**
 * Spine switches: as many as carry every uplink (32 of each of 8n leaves, 64 to a spine: 4n), rounded up
 * to a power of two so that a leaf's 32 uplinks are spread evenly: 4, 8, 16, 16 as in the table, then 32.
 */
export const spinesIn = (scalableUnits: number): number =>
  2 ** Math.ceil(Math.log2((leavesIn(scalableUnits) * UPLINKS) / SWITCH.ports));

/**
 * Two tiers end here: a leaf reaches 32 spines, one uplink to each, and a spine has 64 ports for leaves, 8 to a unit.
 * More units want a third tier, which is another design.
 */
export const MOST_SCALABLE_UNITS = SWITCH.ports / RAILS;
