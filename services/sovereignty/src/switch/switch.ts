import type { SwitchEvent } from '@pioche/contracts';
import { derivedId, unreachable, type Decider, type Id, type Instant } from '@pioche/kernel';
import type { Custody } from '../custody/custody.js';
import type { Petition } from '../custody/petition.js';

/** Status → what may be done → status. A request that may be repeated is one that has expired. */
export const SWITCH_LIFE = {
  unknown: { arm: 'on' },
  on: { arm: 'on', requestOff: 'off_requested' },
  off_requested: { arm: 'on', requestOff: 'off_requested', approve: 'off' },
  off: { arm: 'off', requestOn: 'on_requested', completeOff: 'off' },
  on_requested: { arm: 'off', requestOn: 'on_requested', approve: 'on', completeOff: 'on_requested' },
} as const;

/** How it went off: what its nodes acknowledge. */
interface Off {
  readonly request: string;
  /** The last signature. */
  readonly at: Instant;
  /** Every node has acknowledged. */
  readonly completed: boolean;
}
type Armed = Custody & { readonly tenant: `tenant_${string}` };

export type Switch =
  | { readonly status: 'unknown' }
  | (Armed & { readonly status: 'on' })
  | (Armed & { readonly status: 'off_requested'; readonly petition: Petition })
  | (Armed & { readonly status: 'off'; readonly off: Off })
  | (Armed & { readonly status: 'on_requested'; readonly petition: Petition; readonly off: Off });

/** The switch of a tenant: one each. */
export const switchOf = (tenant: string): Id<'switch'> => derivedId('switch', tenant);

/** On, or off, with no request open. */
const atRest = (state: Exclude<Switch, { status: 'unknown' }>, armed: Armed): Switch =>
  'off' in state ? { ...armed, status: 'off', off: state.off } : { ...armed, status: 'on' };

const armedOf = ({ tenant, custodians, quorum }: Armed): Armed => ({ tenant, custodians, quorum });

/** Named for what it is; `switch` alone is a word of the language. */
export const tenantSwitch: Decider<Switch, SwitchEvent> = {
  name: 'switch',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    if (state.status === 'unknown') return event.type === 'SwitchArmed' ? { status: 'on', ...event.data } : state;
    const armed = armedOf(state);
    switch (event.type) {
      case 'SwitchArmed':
        return atRest(state, event.data);
      case 'SwitchRequestLapsed':
        return atRest(state, armed);
      case 'SwitchOffRequested':
      case 'SwitchOnRequested': {
        const { request, statement, expires_at } = event.data;
        const petition = { request, statement, expiresAt: expires_at, signers: [] };
        return 'off' in state ? { ...armed, status: 'on_requested', petition, off: state.off } : { ...armed, status: 'off_requested', petition };
      }
      case 'SwitchApproved':
        return 'petition' in state ? { ...state, petition: { ...state.petition, signers: [...state.petition.signers, event.data.custodian] } } : state;
      case 'TenantSwitchedOff':
        return { ...armed, status: 'off', off: { request: event.data.request, at: event.data.at, completed: false } };
      case 'SwitchOffCompleted':
        return 'off' in state ? { ...state, off: { ...state.off, completed: true } } : state;
      case 'TenantSwitchedOn':
        return { ...armed, status: 'on' };
      default:
        return unreachable(event);
    }
  },
};
