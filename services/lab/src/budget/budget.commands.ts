import { budgetEvents, CommitmentId } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { OWNER_OPTIONAL, ownerOf } from '../owner.js';
import { budget, restOf, type Budget } from './budget.js';

const { command } = commandsOf(budget);

const opened = (state: Budget) => (state.status === 'unknown' ? refuse('unknown') : state);

export const openBudget = command({
  name: 'open',
  summary: 'Open a budget: one funder’s money for one category, of a project or of the whole lab.',
  may: 'manage-lab',
  creates: true,
  input: budgetEvents.events.BudgetOpened.data.partial(OWNER_OPTIONAL),
  decide(state, data, context) {
    if (state.status === 'open') refuse('already-exists', { budget: context.id });
    return [{ type: 'BudgetOpened', data: { ...data, tenant: ownerOf(data.tenant, context) } }];
  },
});

export const commit = command({
  name: 'commit',
  summary: 'Promise part of the rest.',
  may: 'manage-lab',
  input: budgetEvents.events.CommitmentMade.data.omit({ commitment: true }),
  decide(state, data, context) {
    const rest = restOf(opened(state));
    if (data.amount > rest) refuse('commitment-above-the-rest', { rest, amount: data.amount });
    return [{ type: 'CommitmentMade', data: { commitment: context.newId('commitment'), ...data } }];
  },
});

export const release = command({
  name: 'release',
  summary: 'Give back what is left of a commitment.',
  may: 'manage-lab',
  input: z.object({ commitment: CommitmentId }),
  decide(state, { commitment }) {
    const { commitments } = opened(state);
    const amount = commitments[commitment] ?? refuse('commitment-unknown', { commitment, known: Object.keys(commitments) });
    return [{ type: 'CommitmentReleased', data: { commitment, amount } }];
  },
});

/** Money that is spent is a fact: it is recorded even where it is more than there is. */
export const recordActual = command({
  name: 'recordActual',
  summary: 'Record what was spent, once for each cause.',
  may: 'manage-lab',
  input: budgetEvents.events.ActualRecorded.data,
  decide(state, data) {
    const { commitments, causes } = opened(state);
    if (causes.has(data.cause)) return [];
    if (data.commitment !== undefined && commitments[data.commitment] === undefined) {
      refuse('commitment-unknown', { commitment: data.commitment, known: Object.keys(commitments) });
    }
    return [{ type: 'ActualRecorded', data }];
  },
});

export const budgetCommands = [openBudget, commit, release, recordActual] as const;
