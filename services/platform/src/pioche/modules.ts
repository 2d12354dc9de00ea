/** The five contexts, each loaded when it is asked for: a process is one of them. */
import type { Type } from '@nestjs/common';
import type { ContextName } from '@pioche/contracts';

const LOADERS: Readonly<Record<ContextName, () => Promise<Type>>> = {
  inventory: async () => (await import('@pioche/inventory')).InventoryModule,
  scheduling: async () => (await import('@pioche/scheduling')).SchedulingModule,
  billing: async () => (await import('@pioche/billing')).BillingModule,
  sovereignty: async () => (await import('@pioche/sovereignty')).SovereigntyModule,
  lab: async () => (await import('@pioche/lab')).LabModule,
};

export const moduleOf = (context: ContextName): Promise<Type> => LOADERS[context]();
