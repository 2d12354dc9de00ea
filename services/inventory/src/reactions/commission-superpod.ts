import { superpodEvents } from '@pioche/contracts';
import { reaction, type Tell } from '@pioche/service-kit';
import { commissionFromManifest } from '../node/commission-from-manifest.js';
import { registerInstalled } from '../part/part.commands.js';
import { installRack } from '../rack/rack.js';
import { layout } from '../superpod/layout.js';
import type { Layout, PlannedCable, PlannedDevice } from '../superpod/pieces.js';
import type { SuperpodPlan } from '../superpod/superpod.js';

/**
 * A planned SuperPOD is built: racks, then what stands in them, then what connects it. Every id follows from the
 * plan, so that a repeat after a crash goes on where it was.
 */
export const commissionSuperpod = reaction(superpodEvents, 'SuperpodPlanned', async ({ subject: superpod, data: plan }, { tell }) => {
  const { name, scalable_units, model } = plan;
  const pieces = layout({ superpod, name, scalable_units, model });
  await installRacks(superpod, plan, pieces, tell);
  await commissionNodes(superpod, plan, pieces, tell);
  await Promise.all([...pieces.leaves, ...pieces.spines, ...pieces.appliances].map((device) => tell(registerInstalled, device.id, partOf(device))));
  await Promise.all(pieces.cables.map((cable) => tell(registerInstalled, cable.id, cabled(cable))));
});

type Superpod = `superpod_${string}`;

const installRacks = (id: string, { site, hall }: SuperpodPlan, { racks }: Layout, tell: Tell) =>
  Promise.all(racks.map(({ id: rack, ...rest }) => tell(installRack, rack, { site, hall, superpod: id as Superpod, ...rest })));

const commissionNodes = (id: string, plan: SuperpodPlan, { nodes }: Layout, tell: Tell) => {
  const { site, model, burn_in_hours, country, jurisdiction, certifications } = plan;
  const shared = { site, superpod: id as Superpod, model, burn_in_hours, country, jurisdiction, certifications };
  return Promise.all(nodes.map(({ id: node, ...rest }) => tell(commissionFromManifest, node, { ...shared, ...rest, gpus: [...rest.gpus] })));
};

const partOf = ({ kind, model, serial, name, rack, unit }: PlannedDevice) => ({ kind, model, serial, name, host: rack, slot: String(unit) });

const cabled = ({ model, serial, ends: [near, far] }: PlannedCable) => ({ kind: 'cable' as const, model, serial, ...near, far_end: far });
