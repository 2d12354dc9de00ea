/** Billing as a process of its own. Arguments: database, topic prefix. */
import { BillingModule } from '@pioche/billing';
import { serveAsProcess } from '../service-process.js';

await serveAsProcess(BillingModule, 'warn');
