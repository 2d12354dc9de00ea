import { derivedId, type Id } from '@pioche/kernel';
import { decidePlacements } from './decide-placements.js';
import { admitNode, cordonNode, withdrawNode } from './nodes.js';
import { liftPowerCap, setPowerCap } from './power-cap.js';
import { endReservation, reserveNodes } from './reservations.js';
import { barTenant, replicatePolicy, replicateTenant, unbarTenant, withdrawPolicy } from './rules.js';

/** One plan for one site. */
export const sitePlanIdOf = (site: string): Id<'site_plan'> => derivedId('site_plan', site);

export const sitePlanCommands = [
  admitNode, cordonNode, withdrawNode,
  replicatePolicy, withdrawPolicy, replicateTenant, barTenant, unbarTenant,
  decidePlacements, reserveNodes, endReservation, setPowerCap, liftPowerCap,
];

export {
  admitNode, barTenant, cordonNode, decidePlacements, endReservation, liftPowerCap, replicatePolicy, replicateTenant, reserveNodes, setPowerCap, unbarTenant,
  withdrawNode, withdrawPolicy,
};
