import { sum } from '@pioche/kernel';
import { given } from '@pioche/testing';
import fc from 'fast-check';
import { ACCOUNT, metered, slicesIn, contextAt, prices } from '../../test/fixtures.js';
import { accountIdOf } from '../account/account.js';
import { contentOf } from '../invoice/lines.js';
import { invoiceIdOf } from '../invoice/invoice.js';
import { closeUsage } from '../usage/usage.commands.js';
import { chartEntryOf } from './chart.js';
import { balances, creditNotePosting, invoicePosting, paymentPosting, usagePosting, type Posting } from './postings.js';
import { post, transaction, transactionIdOf } from './transaction.js';

const posting: Posting = {
  cause: 'usage_x/1',
  kind: 'usage',
  at: '2026-11-17T11:00:00.000Z',
  entries: [
    { account: `unbilled:${ACCOUNT}`, amount_nano: '5' },
    { account: 'revenue_unbilled', amount_nano: '-5' },
  ],
};

describe('posting', () => {
  it('posts once for a cause', () => {
    given(transaction).when(post, posting).then({ type: 'TransactionPosted', data: posting });
    given(transaction, [{ type: 'TransactionPosted', data: posting }]).when(post, posting).then();
    expect(transactionIdOf('usage_x/1')).toBe(transactionIdOf('usage_x/1'));
    expect(transactionIdOf('usage_x/1')).not.toBe(transactionIdOf('usage_x/2'));
  });

  it('is refused when the entries do not sum to zero', () =>
    given(transaction)
      .when(post, { ...posting, entries: [posting.entries[0]!, { account: 'revenue', amount_nano: '-4' }] })
      .refuses('transaction-unbalanced', { difference_nano: '1' }));
});

describe('the postings of an invoice’s life', () => {
  const invoice = invoiceIdOf(ACCOUNT, '2026-11');
  const amounts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1, maxLength: 6 });
  const [template] = slicesIn(
    closeUsage.decide(
      { status: 'unknown' },
      { ...metered, opened_at: '2026-11-17T10:00:00.000Z', closed_at: '2026-11-17T11:00:00.000Z', cause: 'evt', prices: [...prices] },
      contextAt('2026-11-17T11:00:00.000Z'),
    ),
  );
  const number = 'PI-2026-000001';
  const at = '2026-12-01T06:00:00.000Z';

  it('sum to zero, leave nothing unbilled, and a credit note brings everything back', () =>
    fc.assert(
      fc.property(amounts, fc.constantFrom('FR', 'DE', 'CH'), (amounts, country) => {
        const slices = amounts.map((nano, index) => ({
          ...template!,
          slice: index + 1,
          nano_per_gpu_second: String(index % 3),
          amount_nano: nano.toString(),
        }));
        const content = contentOf({ account: accountIdOf(template!.tenant), tenant: template!.tenant, customer: { name: 'x', country }, period: '2026-11', slices });
        fc.pre(content.gross.amount !== 0);
        const final = { ...content, number, issued_at: at, due_at: at };
        const used = slices.map(usagePosting);
        const invoiced = [...used, invoicePosting(invoice, final)];
        const paid = [...invoiced, paymentPosting(invoice, { number, account: content.account, amount: content.gross, paid_at: at, reference: 'r' })];
        const credited = [...invoiced, creditNotePosting(invoice, { ...final, invoice_number: number, reason: 'r' })];

        for (const one of [...paid, ...credited]) expect(sum(one.entries.map(({ amount_nano }) => BigInt(amount_nano)))).toBe(0n);
        expect(balances(invoiced).get(`unbilled:${content.account}`)).toBe(0n);
        expect(balances(paid).get(`receivable:${content.account}`)).toBe(0n);
        for (const [account, nano] of balances(credited)) expect(nano).toBe(balances(used).get(account) ?? 0n);
      }),
    ));

  it('use the chart of accounts', () => {
    expect(chartEntryOf(`receivable:${ACCOUNT}`)).toMatchObject({ number: '411', account: ACCOUNT });
    expect(() => chartEntryOf('petty_cash')).toThrow('chart of accounts');
  });
});
