import type { Custodian, TenantEvent } from '@pioche/contracts';
import { unreachable, type Decider } from '@pioche/kernel';
import type { Custody } from '../custody/custody.js';
import type { Petition } from '../custody/petition.js';

export type Tenant =
  | { readonly status: 'unknown' }
  | (Custody & {
      readonly status: 'registered';
      readonly tenant: string;
      readonly dataClasses: readonly string[];
      /** Other custodians that have been proposed. */
      readonly change?: Petition & { readonly to: { readonly custodians: Custodian[]; readonly quorum: number } };
    });

export const tenant: Decider<Tenant, TenantEvent> = {
  name: 'tenant',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    if (event.type === 'TenantRegistered') {
      const { tenant, custodians, quorum, data_classes } = event.data;
      return { status: 'registered', tenant, dataClasses: data_classes, custodians, quorum };
    }
    if (state.status === 'unknown') return state;
    const { change, ...rest } = state;
    switch (event.type) {
      case 'DataClassesChanged':
        return { ...state, dataClasses: event.data.data_classes };
      case 'CustodianChangeRequested': {
        const { request, statement, expires_at, custodians, quorum } = event.data;
        return { ...rest, change: { request, statement, expiresAt: expires_at, signers: [], to: { custodians, quorum } } };
      }
      case 'CustodianChangeApproved':
        return change ? { ...rest, change: { ...change, signers: [...change.signers, event.data.custodian] } } : state;
      case 'CustodiansChanged':
        return { ...rest, custodians: event.data.custodians, quorum: event.data.quorum };
      default:
        return unreachable(event);
    }
  },
};
