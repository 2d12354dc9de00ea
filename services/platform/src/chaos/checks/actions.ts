/** Actions and logs: the documents and alerts that an action answered with are there, once. */
import type { Acted } from '../history/commands.js';
import { Findings, type Result } from './check.js';
import type { Logged, Logs } from './logs.js';

interface ClosedMonth {
  readonly invoices: readonly { readonly invoice: string; readonly number: string }[];
}
interface Credited {
  readonly invoice: string;
  readonly number: string;
}
interface Observed {
  readonly position: number;
  readonly opened: readonly { readonly alert: string }[];
}

/** What one answer promises: an event of this type with these values in its data. */
interface Promised {
  readonly in: readonly Logged[];
  readonly type: string;
  readonly subject?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function promisedBy({ ask, answer }: Acted, { billing, inventory }: Logs): Promised[] {
  switch (ask.route) {
    case '/periods/{id}:close':
      return (answer as ClosedMonth).invoices.map(({ invoice, number }) => ({ in: billing, type: 'InvoiceFinalised', subject: invoice, data: { number, period: ask.target } }));
    case '/invoices/{id}:credit': {
      const { invoice, number } = answer as Credited;
      return [{ in: billing, type: 'CreditNoteIssued', subject: invoice, data: { number } }];
    }
    case '/agent/observations':
      return (answer as Observed).opened.map(({ alert }) => ({ in: inventory, type: 'HealthAlertOpened', data: { alert } }));
    default:
      throw new Error(`nothing is known of what ${ask.route} promises`);
  }
}

/** Whatever an action said that it has done stands in the log exactly once. */
export function actionsAreThere(actions: readonly Acted[], logs: Logs): Result {
  const findings = new Findings('documents and alerts that were answered are in the log once');
  let seen = 0;
  for (const acted of actions) {
    for (const promised of promisedBy(acted, logs)) {
      seen += 1;
      const found = promised.in.filter(({ event: { type, subject, data } }) => {
        if (type !== promised.type || (promised.subject !== undefined && subject !== promised.subject)) return false;
        return Object.entries(promised.data).every(([name, value]) => (data as Readonly<Record<string, unknown>>)[name] === value);
      });
      if (found.length !== 1) findings.add(`${acted.label}: ${promised.type} ${JSON.stringify(promised.data)} is in the log ${found.length} times`);
    }
  }
  return findings.result(seen);
}
