import { policyEvents } from '@pioche/contracts';
import { idOf, Refusal } from '@pioche/kernel';
import { reaction } from '@pioche/service-kit';
import { supersede } from '../policy/policy.commands.js';

const PolicyId = idOf('policy');

/** What a quorum has adopted ends the policies that it names. */
export const supersedeFormerPolicies = reaction(policyEvents, 'PolicyAdopted', async ({ subject, data }, { tell }) => {
  const by = PolicyId.parse(subject);
  for (const former of data.supersedes) {
    await tell(supersede, former, { by }).catch((error: unknown) => {
      // What never was needs no end.
      if (!(error instanceof Refusal && error.code === 'unknown')) throw error;
    });
  }
});
