import type { PolicyEvent } from '@pioche/contracts';
import { commandsOf, follow, idOf, refuse, type Context } from '@pioche/kernel';
import { z } from 'zod';
import { BASE_POLICY_TEXT, BASE_POLICY_TITLE } from './base-policy.js';
import { digestOf, rulesOf } from './cedar.js';
import { policy, POLICY_LIFE, type Draft } from './policy.js';

const { command } = commandsOf(policy);

/** Approvers beside the author: with fewer than two, one accomplice would be enough. */
export const LEAST_QUORUM = 2;

const Text = z.string().max(100_000).meta({ description: 'Cedar policies; each carries an @id annotation, and a @reason for the people it concerns.' });
const Title = z.string().trim().min(1).max(200);
const Supersedes = z.array(idOf('policy')).max(100).default([]).meta({ description: 'Policies that end when this text is adopted.' });

type Proposal = Pick<Draft, 'title' | 'text' | 'quorum' | 'supersedes'>;

function drafted({ title, text, quorum, supersedes }: Proposal, { id, actor }: Pick<Context, 'id' | 'actor'>) {
  if (supersedes.some((other) => other === id)) refuse('policy-supersedes-itself', { id });
  const data = { title, text, digest: digestOf(text), rules: rulesOf(text), author: actor, quorum, supersedes };
  return { type: 'PolicyDrafted', data } as const;
}

const adopted = ({ text, digest, rules, supersedes }: Omit<Draft, 'approvers'>, version: number): PolicyEvent => ({
  type: 'PolicyAdopted',
  data: { policy_version: version, text, digest, rules, supersedes },
});

export const draft = command({
  name: 'draft',
  summary: 'Propose a policy. It acts once a quorum of people other than the author has approved its text.',
  may: 'author-policies',
  creates: true,
  input: z.object({ title: Title, text: Text, supersedes: Supersedes, quorum: z.int().min(LEAST_QUORUM).max(10).default(LEAST_QUORUM) }),
  decide(state, proposal, context) {
    follow(POLICY_LIFE, state.status, 'draft');
    return [drafted(proposal, context)];
  },
});

export const revise = command({
  name: 'revise',
  summary: 'Propose the next text of a policy. The one in force stays until a quorum has approved this one; former approvals are void.',
  may: 'author-policies',
  input: z.object({ title: Title.optional(), text: Text, supersedes: Supersedes }),
  decide(state, { title, text, supersedes }, context) {
    follow(POLICY_LIFE, state.status, 'revise');
    if (state.status === 'unknown') return refuse('unknown');
    return [drafted({ title: title ?? state.title, text, supersedes, quorum: state.quorum }, context)];
  },
});

export const approve = command({
  name: 'approve',
  summary: "Approve the text that waits; with the quorum's last approval it is adopted.",
  may: 'approve-policies',
  input: z.object({ digest: z.string().meta({ description: 'SHA-256 (hexadecimal) of the text that was read: it must be the one that waits.' }) }),
  decide(state, { digest }, { actor }) {
    follow(POLICY_LIFE, state.status, 'approve');
    if (!('draft' in state)) return refuse('unknown');
    const { draft, version } = state;
    if (digest !== draft.digest) refuse('policy-text-changed', { digest: draft.digest });
    if (actor === draft.author) refuse('author-cannot-approve', { author: draft.author });
    if (draft.approvers.includes(actor)) refuse('already-approved', { by: actor });
    const enough = draft.approvers.length + 1 >= draft.quorum;
    return [{ type: 'PolicyApproved', data: { by: actor, digest } }, ...(enough ? [adopted(draft, version + 1)] : [])];
  },
});

export const supersede = command({
  name: 'supersede',
  summary: 'End a policy: the quorum of the one that names it has decided so.',
  may: 'operate-platform',
  internal: true,
  input: z.object({ by: idOf('policy') }),
  decide(state, { by }) {
    if (state.status === 'superseded') return [];
    follow(POLICY_LIFE, state.status, 'supersede');
    return [{ type: 'PolicySuperseded', data: { by, policy_version: state.status === 'unknown' ? 0 : state.version } }];
  },
});

export const establish = command({
  name: 'establish',
  summary: 'Put the base policy in force when the platform begins; later nothing happens.',
  may: 'operate-platform',
  internal: true,
  upserts: true,
  input: z.object({}),
  decide(state, _, { id }) {
    if (state.status !== 'unknown') return [];
    const base = drafted({ title: BASE_POLICY_TITLE, text: BASE_POLICY_TEXT, quorum: LEAST_QUORUM, supersedes: [] }, { id, actor: 'platform' });
    return [base, adopted(base.data, 1)];
  },
});

export const policyCommands = [draft, revise, approve, supersede, establish];
