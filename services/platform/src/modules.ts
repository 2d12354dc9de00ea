/** The five contexts. */
import type { Type } from '@nestjs/common';
import { BillingModule } from '@pioche/billing';
import type { ContextName } from '@pioche/contracts';
import { InventoryModule } from '@pioche/inventory';
import { LabModule } from '@pioche/lab';
import { SchedulingModule } from '@pioche/scheduling';
import { SovereigntyModule } from '@pioche/sovereignty';

export const MODULES: Readonly<Record<ContextName, Type>> = {
  inventory: InventoryModule,
  scheduling: SchedulingModule,
  billing: BillingModule,
  sovereignty: SovereigntyModule,
  lab: LabModule,
};
