/** A service with a site, a hall and a SuperPOD in service, as every test of the whole needs it. */
import { startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { InventoryModule } from '../src/inventory.module.js';

export const FACTS = { country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'] };

export interface ShownNode {
  readonly node: string;
  readonly name: string;
  readonly status: string;
  readonly since: string;
  readonly rack?: string;
  readonly unit?: number;
  readonly version: number;
  readonly gpus: readonly { id: string; index: number; model: string; serial: string; memory_gib: number; rail: number; leaf: string }[];
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly next_page_token?: string;
}

export interface World {
  readonly service: ServiceUnderTest;
  readonly site: string;
  readonly hall: string;
}

export async function openWorld(): Promise<World> {
  const service = await startForTest(InventoryModule);
  const operator = service.as('operator');
  const { id: site } = await operator.done('/sites', { name: 'Essonne', operator: 'Pioche SAS', ...FACTS });
  const { events } = await operator.done(`/sites/${site}:addHall`, { name: 'A', power_kw: 2_000 });
  return { service, site, hall: String(events[0]?.data['hall']) };
}

export const planOf = ({ site, hall }: World, name: string, scalable_units: number, burn_in_hours = 0) => ({ name, site, hall, scalable_units, burn_in_hours, ...FACTS });

/** @returns its id, when every reaction to it is over */
export async function commissioned(world: World, name: string, scalableUnits: number): Promise<string> {
  const { id } = await world.service.as('operator').done('/superpods', planOf(world, name, scalableUnits));
  await world.service.settled();
  return id;
}
