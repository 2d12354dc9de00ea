import { runService } from '@pioche/service-kit';
import { InventoryModule } from './inventory.module.js';

await runService(InventoryModule);
