/**
 * The chart of accounts, as data. Numbers are of the French plan comptable général (ANC 2014-03, art. 932-1);
 * subdivisions of 706 are the house's own.
 */
export const CHART = {
  bank: { number: '512', name: 'Bank', perAccount: false },
  receivable: { number: '411', name: 'Customers', perAccount: true },
  unbilled: { number: '4181', name: 'Customers: invoices to be made out', perAccount: true },
  vat_collected: { number: '44571', name: 'VAT collected', perAccount: false },
  revenue: { number: '7061', name: 'Compute, invoiced', perAccount: false },
  revenue_unbilled: { number: '7068', name: 'Compute, not yet invoiced', perAccount: false },
  rounding: { number: '758', name: 'Rounding differences', perAccount: false },
} as const;

export type LedgerAccount = keyof typeof CHART;
type PerAccount = { [K in LedgerAccount]: (typeof CHART)[K]['perAccount'] extends true ? K : never }[LedgerAccount];

/** `receivable:account_01h…`: the ledger account of one customer. */
export const customerAccount = (name: PerAccount, account: string): string => `${name}:${account}`;

/** The chart's entry of a ledger account, and the customer it is of. */
export function chartEntryOf(ledgerAccount: string): (typeof CHART)[LedgerAccount] & { readonly account?: string } {
  const [name = '', account] = ledgerAccount.split(':');
  if (!isLedgerAccount(name)) throw new RangeError(`not in the chart of accounts: ${ledgerAccount}`);
  return account === undefined ? CHART[name] : { ...CHART[name], account };
}

const isLedgerAccount = (name: string): name is LedgerAccount => Object.hasOwn(CHART, name);
