import type { ReadModels } from '@pioche/projections';
import type { Check } from './health.js';

/** A replica of a newer release answers queries only when the tables that these are about are there. */
export const readModelsCheck = (readModels: Pick<ReadModels, 'notReady'>): Check => ({
  name: 'read models',
  async problem() {
    const building = await readModels.notReady();
    return building.length === 0 ? undefined : `still built: ${building.join(', ')}`;
  },
});
