export { BillingModule } from './billing.module.js';
export { errors as billingErrors } from './errors.js';
