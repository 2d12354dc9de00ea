/** What operators see of money. Decimals of a euro are for display: the books are exact, in nano-euro. */
import type { FigureDeclaration } from '@pioche/service-kit';

const euros = (nano: string): string => `(${nano})::numeric / 1e9`;

/** Kept by two read models, which may be some events apart: a difference that lasts is one. */
const UNBILLED = `(SELECT coalesce(sum(amount_nano), 0) FROM usage_total) - (SELECT coalesce(sum(exact_nano), 0) FROM invoice_view WHERE status IN ('final', 'paid'))`;
const LEDGER_UNBILLED = `(SELECT coalesce(sum(balance), 0) FROM ledger_account WHERE ledger_account LIKE 'unbilled:%')`;

export const figures: readonly FigureDeclaration[] = [
  {
    name: 'pioche_gpu_price_euros_per_second',
    help: 'The price at which a GPU of this model was rated last.',
    labels: { gpu_model: 'the models of GPUs: a few' },
    query: `SELECT DISTINCT ON (gpu_model) gpu_model, ${euros('nano_per_gpu_second')} AS value FROM usage_total ORDER BY gpu_model, period DESC, price_book_version DESC`,
  },
  {
    name: 'pioche_metered_euros',
    help: 'What all usage so far is worth. A slice that is taken back lowers it.',
    query: `SELECT ${euros('coalesce(sum(amount_nano), 0)')} AS value FROM usage_total`,
  },
  {
    name: 'pioche_invoices',
    help: 'Invoices, by how far they are: final ones are owed.',
    labels: { status: 'draft, final, paid, credited' },
    query: `SELECT state.status, count(invoice) AS value FROM unnest(ARRAY['draft', 'final', 'paid', 'credited']) state(status) LEFT JOIN invoice_view USING (status) GROUP BY state.status`,
  },
  { name: 'pioche_invoices_open_euros', help: 'What customers owe, with VAT.', query: `SELECT coalesce(sum(gross_cents), 0) / 100.0 AS value FROM invoice_view WHERE status = 'final'` },
  { name: 'pioche_invoices_overdue', help: 'Invoices that should have been paid.', query: `SELECT count(*) AS value FROM invoice_view, clock WHERE status = 'final' AND due_at < clock.now` },
  {
    name: 'pioche_reconciliation_difference_euros',
    help: 'By how much the books differ, without a sign. ledger: the sum of all accounts. unbilled: usage that is on no invoice, and what the ledger has of it.',
    labels: { books: 'ledger, unbilled' },
    query: `SELECT 'ledger' AS books, ${euros('abs((SELECT coalesce(sum(balance), 0) FROM ledger_account))')} AS value
      UNION ALL SELECT 'unbilled', ${euros(`abs(${UNBILLED} - ${LEDGER_UNBILLED})`)}`,
  },
  {
    name: 'pioche_budgets_exceeded',
    help: 'Budgets of tenants and projects of which all is spent in this month or year.',
    query: `SELECT count(*) AS value FROM budget_view, clock
      WHERE (reached ->> to_char(clock.now AT TIME ZONE 'UTC', CASE kind WHEN 'year' THEN 'YYYY' ELSE 'YYYY-MM' END))::int >= 100`,
  },
];
