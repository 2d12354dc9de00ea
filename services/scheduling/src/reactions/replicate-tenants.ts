import { tenantEvents } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction } from '@pioche/service-kit';
import { replicateTenant } from '../site-plan/site-plan.commands.js';
import { sitePlan } from '../site-plan/site-plan.js';
import { bringAllUpToDate, EVERYWHERE } from './plans.js';

const TenantId = idOf('tenant');

/** Policies ask about a tenant's country and the classes of data that it may process. */
export const replicateTenants = reaction(
  tenantEvents,
  ['TenantRegistered', 'DataClassesChanged'],
  async (event, tools) => {
    const tenant = TenantId.parse(event.subject);
    const { data_classes } = event.data;
    const country = event.type === 'TenantRegistered' ? event.data.country : (await tools.load(sitePlan, EVERYWHERE)).state.tenants.get(tenant)?.country;
    if (country === undefined) throw new Error(`${tenant} is not registered here`);
    await tools.tell(replicateTenant, EVERYWHERE, { tenant, country, data_classes });
    await bringAllUpToDate(tools);
  },
  'replicate-tenants',
);
