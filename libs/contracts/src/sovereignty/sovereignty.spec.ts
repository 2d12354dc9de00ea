import { auditLogEvents } from './audit-log.js';
import { policyEvents } from './policy.js';
import { switchEvents } from './switch.js';
import { tenantEvents } from './tenant.js';

describe('the events of sovereignty', () => {
  const all = [tenantEvents, policyEvents, switchEvents, auditLogEvents].flatMap((group) => Object.entries(group.events));

  it.each(all)('%s has an example that its schema accepts as it is', (_, { data, example }) => {
    expect(data.parse(example)).toEqual(example);
  });
});
