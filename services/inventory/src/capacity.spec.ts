import { NOW } from '@pioche/testing';
import { capacityPlan, expectedInService, hallHeadroomKw, headroom, type NodeOnItsWay } from './capacity.js';
import { plusHours } from './node/life.js';

const node = (status: NodeOnItsWay['status'], due?: string): NodeOnItsWay => ({ site: 'site_a', model: 'DGX H100', status, due });
const dgx = (unit: number) => ({ unit, units: 8, maxKw: 10.2 });
const rack = { units: 48, maxKw: 40.8 };

describe('the capacity plan', () => {
  it('adds the time that each status ahead may take', () => {
    expect(expectedInService(node('burn_in', plusHours(NOW, 80)), NOW)).toBe(plusHours(NOW, 80));
    expect(expectedInService(node('commissioning', plusHours(NOW, 48)), NOW)).toBe(plusHours(NOW, 48 + 72 + 24));
  });

  it('counts a late node from now, and a node that leaves not at all', () => {
    expect(expectedInService(node('burn_in', plusHours(NOW, -5)), NOW)).toBe(NOW);
    expect(expectedInService(node('decommissioning'), NOW)).toBeUndefined();
  });

  it('grows step by step per site', () => {
    const due = plusHours(NOW, 80);
    expect(capacityPlan([node('burn_in', due), node('in_service'), node('in_service'), node('retired')], NOW)).toEqual([
      { site: 'site_a', at: NOW, nodes: 2, gpus: 16 },
      { site: 'site_a', at: due, nodes: 3, gpus: 24 },
    ]);
  });
});

describe('the room in a rack', () => {
  it('ends at four DGX by power, though two more would fit by height', () => {
    expect(headroom(rack, [], 'DGX H100')).toEqual({ unitsFree: 48, kwFree: 40.8, fits: 4, conflicts: [] });
    expect(headroom(rack, [dgx(1), dgx(9), dgx(17), dgx(25)], 'DGX H100')).toEqual({ unitsFree: 16, kwFree: 0, fits: 0, conflicts: [] });
  });

  it('counts only space in one piece', () =>
    expect(headroom({ units: 20, maxKw: 99 }, [dgx(7)], 'DGX H100')).toMatchObject({ unitsFree: 12, fits: 0 }));

  it('shows what is noted in a wrong place', () =>
    expect(headroom(rack, [dgx(1), dgx(8), dgx(42)], 'DGX H100').conflicts).toEqual([8, 49]));

  it('leaves the hall what its racks do not take', () => expect(hallHeadroomKw(100, [rack, rack])).toBe(18.4));
});
