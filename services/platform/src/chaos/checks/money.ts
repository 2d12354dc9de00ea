/** What billing's log says: the ledger sums to zero, numbers have no gap, usage is what was allocated. */
import type { FactOf, invoiceEvents, JobEvent, numberSeriesEvents, transactionEvents, usageEvents } from '@pioche/contracts';
import { epochMs } from '@pioche/kernel';
import { Findings, type Result } from './check.js';
import { placeOf, type Logged } from './logs.js';

type Fact = FactOf<typeof invoiceEvents | typeof numberSeriesEvents | typeof transactionEvents | typeof usageEvents>;
const factOf = ({ event }: Logged): Fact => event as Fact;

/** Every transaction sums to zero, and its cause is posted once. */
export function ledgerSumsToZero(billing: readonly Logged[]): Result {
  const findings = new Findings('the ledger sums to zero');
  const causes = new Map<string, string>();
  for (const logged of billing) {
    const fact = factOf(logged);
    if (fact.type !== 'TransactionPosted') continue;
    const { cause, entries } = fact.data;
    const sum = entries.reduce((total, { amount_nano: amount }) => total + BigInt(amount), 0n);
    if (sum !== 0n) findings.add(`${placeOf(logged)}: ${cause} sums to ${sum} nano-euro`);
    const before = causes.get(cause);
    if (before !== undefined) findings.add(`${placeOf(logged)}: ${cause} was posted already: ${before}`);
    causes.set(cause, placeOf(logged));
  }
  return findings.result(causes.size);
}

/** Numbers of each series are 1, 2, 3 … without a gap, each belongs to the one document that bears it. */
export function numbersAreGapless(billing: readonly Logged[]): Result {
  const findings = new Findings('invoice numbers are gapless');
  const last = new Map<string, number>();
  const assigned = new Map<string, string>();
  const borne = new Map<string, string>();
  for (const logged of billing) {
    const fact = factOf(logged);
    if (fact.type === 'InvoiceNumberAssigned') {
      const { series, number, document_number: name, invoice } = fact.data;
      const before = last.get(series) ?? 0;
      if (number !== before + 1) findings.add(`${placeOf(logged)}: ${series} goes on with ${number} after ${before}`);
      if (assigned.has(name)) findings.add(`${placeOf(logged)}: ${name} was given already, to ${assigned.get(name)}`);
      last.set(series, number);
      assigned.set(name, invoice);
    }
    if (fact.type === 'InvoiceFinalised' || fact.type === 'CreditNoteIssued') {
      const { number } = fact.data;
      if (borne.has(number)) findings.add(`${placeOf(logged)} bears ${number}, as does ${borne.get(number)}`);
      borne.set(number, logged.event.subject);
    }
  }
  for (const [name, invoice] of assigned) if (borne.get(name) !== invoice) findings.add(`${name} was given to ${invoice}, and is borne by ${borne.get(name) ?? 'no document'}`);
  for (const [name, invoice] of borne) if (!assigned.has(name)) findings.add(`${invoice} bears ${name}, which no series has given`);
  return findings.result(assigned.size);
}

/** What is metered of each allocation that has ended is what it held, from its opening to its end; each slice has its posting. */
export function usageIsAllocated(scheduling: readonly Logged[], billing: readonly Logged[]): Result {
  const findings = new Findings('usage is what was allocated');
  const metered = new Map<string, bigint>();
  const slices = new Map<string, string>();
  const postings = new Set<string>();
  for (const logged of billing) {
    const fact = factOf(logged);
    if (fact.type === 'TransactionPosted') postings.add(fact.data.cause);
    if (fact.type !== 'UsageRated') continue;
    const { allocation, gpu_micro_seconds: micro, slice, amount_nano: amount } = fact.data;
    metered.set(allocation, (metered.get(allocation) ?? 0n) + BigInt(micro));
    if (amount !== '0') slices.set(`${logged.event.subject}/${slice}`, placeOf(logged));
  }
  const ended = new Set<string>();
  for (const logged of scheduling) {
    const fact = logged.event as JobEvent;
    if (fact.type !== 'AllocationClosed') continue;
    const { allocation, opened_at: opened, gpu_milli: milli } = fact.data;
    const held = BigInt(milli) * BigInt(Math.max(0, epochMs(logged.event.time) - epochMs(opened)));
    ended.add(allocation);
    if ((metered.get(allocation) ?? 0n) !== held) findings.add(`${placeOf(logged)}: ${allocation} held ${held} milli-GPU-ms, ${metered.get(allocation) ?? 0n} are metered`);
  }
  for (const [cause, place] of slices) if (!postings.has(cause)) findings.add(`${place} has no posting ${cause}`);
  return findings.result(ended.size);
}
