import type { PolicyEvent, PolicyRule } from '@pioche/contracts';
import { unreachable, type Decider } from '@pioche/kernel';

/** Status → what may be done → status. */
export const POLICY_LIFE = {
  unknown: { draft: 'drafted', establish: 'in_force' },
  drafted: { revise: 'drafted', approve: 'in_force', supersede: 'superseded' },
  in_force: { revise: 'in_revision', supersede: 'superseded' },
  in_revision: { revise: 'in_revision', approve: 'in_force', supersede: 'superseded' },
  superseded: {},
} as const;

/** A text that waits for approvals. */
export interface Draft {
  readonly title: string;
  readonly text: string;
  readonly digest: string;
  readonly rules: PolicyRule[];
  readonly author: string;
  readonly quorum: number;
  readonly supersedes: `policy_${string}`[];
  readonly approvers: readonly string[];
}

interface Known {
  readonly title: string;
  /** Approvals that each text of this policy needs. */
  readonly quorum: number;
  /** Adopted texts so far. */
  readonly version: number;
}

export type Policy =
  | { readonly status: 'unknown' }
  | (Known & { readonly status: 'drafted' | 'in_revision'; readonly draft: Draft })
  | (Known & { readonly status: 'in_force' | 'superseded' });

export const policy: Decider<Policy, PolicyEvent> = {
  name: 'policy',
  initial: { status: 'unknown' },
  evolve(state, event) {
    if (event.type === 'PolicyDrafted') {
      const { title, quorum } = event.data;
      const version = state.status === 'unknown' ? 0 : state.version;
      return { status: version === 0 ? 'drafted' : 'in_revision', title, quorum, version, draft: { ...event.data, approvers: [] } };
    }
    if (state.status === 'unknown') return state;
    const { title, quorum, version } = state;
    switch (event.type) {
      case 'PolicyApproved':
        return 'draft' in state ? { ...state, draft: { ...state.draft, approvers: [...state.draft.approvers, event.data.by] } } : state;
      case 'PolicyAdopted':
        return { status: 'in_force', title, quorum, version: event.data.policy_version };
      case 'PolicySuperseded':
        return { status: 'superseded', title, quorum, version };
      default:
        return unreachable(event);
    }
  },
};
