import { runService } from '@pioche/service-kit';
import { BillingModule } from './billing.module.js';

await runService(BillingModule);
