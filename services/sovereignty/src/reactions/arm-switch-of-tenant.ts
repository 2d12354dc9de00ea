import { tenantEvents } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction } from '@pioche/service-kit';
import { arm } from '../switch/switch.commands.js';
import { switchOf } from '../switch/switch.js';

const TenantId = idOf('tenant');

/** A tenant's switch always knows its present custodians. */
export const armSwitchOfTenant = reaction(tenantEvents, ['TenantRegistered', 'CustodiansChanged'], async ({ subject, data: { custodians, quorum } }, { tell }) => {
  await tell(arm, switchOf(subject), { tenant: TenantId.parse(subject), custodians, quorum });
});
