import { fold, Refusal } from '@pioche/kernel';
import { given, NOW } from '@pioche/testing';
import fc from 'fast-check';
import { budget, restOf, type BudgetEvent } from './budget.js';
import { commit, openBudget, recordActual, release } from './budget.commands.js';

const COMMITMENT = 'commitment_01h2xcejqtf2nbrexx3vqjhp41';
const opened: BudgetEvent = { type: 'BudgetOpened', data: { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', funder: 'France 2030', category: 'compute', amount: 1000, currency: 'EUR' } };
const committed: BudgetEvent = { type: 'CommitmentMade', data: { commitment: COMMITMENT, amount: 600, purpose: '64 GPUs' } };
const actual = (amount: number, cause: string, commitment?: typeof COMMITMENT) => ({ amount, cause, at: NOW, ...(commitment ? { commitment } : {}) });
const rest = (history: readonly BudgetEvent[]) => {
  const state = fold(budget, history);
  return state.status === 'open' ? restOf(state) : Number.NaN;
};

describe('a budget', () => {
  it('is opened once', () => given(budget, [opened]).when(openBudget, opened.data).refuses('already-exists'));

  it('takes a commitment up to its rest, and refuses one above it', () => {
    given(budget, [opened, committed]).when(commit, { amount: 400, purpose: 'storage' }).thenMatching({ type: 'CommitmentMade', data: { amount: 400 } });
    given(budget, [opened, committed]).when(commit, { amount: 401, purpose: 'storage' }).refuses('commitment-above-the-rest', { rest: 400 });
  });

  it('lets an actual use up its commitment first, and the rest only for what is above it', () => {
    const within = given(budget, [opened, committed]).when(recordActual, actual(500, 'a', COMMITMENT)).events();
    expect(rest([opened, committed, ...within])).toBe(400);
    const above = given(budget, [opened, committed, ...within]).when(recordActual, actual(150, 'b', COMMITMENT)).events();
    expect(rest([opened, committed, ...within, ...above])).toBe(350);
  });

  it('records spending above what there is: it is a fact', () => {
    const spent = given(budget, [opened]).when(recordActual, actual(1200, 'a')).events();
    expect(rest([opened, ...spent])).toBe(-200);
  });

  it('records a cause once', () => {
    const spent = given(budget, [opened]).when(recordActual, actual(100, 'PI-2026-000001/1')).events();
    given(budget, [opened, ...spent]).when(recordActual, actual(100, 'PI-2026-000001/1')).then();
  });

  it('frees what is left of a released commitment', () => {
    const released = given(budget, [opened, committed]).when(release, { commitment: COMMITMENT }).events();
    expect(rest([opened, committed, ...released])).toBe(1000);
    given(budget, [opened]).when(release, { commitment: COMMITMENT }).refuses('commitment-unknown', { known: [] });
    given(budget, [opened, committed, ...released]).when(recordActual, actual(1, 'x', COMMITMENT)).refuses('commitment-unknown');
  });

  it('never promises more than it has, whatever is asked', () =>
    fc.assert(
      fc.property(fc.array(fc.record({ amount: fc.integer({ min: 1, max: 700 }), spends: fc.boolean() })), (asked) => {
        const history: BudgetEvent[] = [opened];
        for (const [index, { amount, spends }] of asked.entries()) {
          const before = rest(history);
          const made = given(budget, history, { id: 'x' });
          try {
            history.push(...(spends ? made.when(recordActual, actual(amount, String(index))) : made.when(commit, { amount, purpose: 'x' })).events());
            if (!spends) expect(amount).toBeLessThanOrEqual(before);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            expect(amount).toBeGreaterThan(before);
          }
        }
      }),
    ));
});
