/** The accountant: closes each month when it is over, sees a customer pay, and bills what was learnt late. */
import type { Api } from '../../scenario/api.js';
import type { Principal } from '../history/records.js';
import type { FleetDriver } from './fleet-driver.js';
import type { Sender } from './sender.js';
import { monthEnd, monthsOver, type SimulatedTime } from './time.js';

const ACCOUNTANT: Principal = { subject: 'accountant' };
/** Closing waits for what is to be metered. */
const TIMEOUT_MS = 15_000;

interface Invoice {
  readonly invoice: string;
  readonly gross: { readonly amount: number; readonly currency: string };
}

export class MonthEnds {
  private readonly closed = new Set<string>();
  private working: Promise<void> | undefined;
  private keys = 0;

  constructor(
    private readonly operator: Api,
    private readonly sender: Sender,
    private readonly fleet: Pick<FleetDriver, 'round' | 'nextDue'>,
    private readonly time: SimulatedTime,
  ) {}

  /** Closes, in the background, the next month that is over and whose nodes have said all of it. */
  look(): void {
    const period = monthsOver(this.time.now).find((one) => !this.closed.has(one));
    const due = this.fleet.nextDue();
    if (this.working || period === undefined || (due !== undefined && due <= monthEnd(period))) return;
    this.closed.add(period);
    this.working = this.month(period).finally(() => (this.working = undefined));
    this.working.catch(() => undefined);
  }

  /** Waits for what is under way. */
  async settle(): Promise<void> {
    await this.working;
  }

  /** All months that are over, closed with all that is known now: one that lacks usage is credited and closed again. */
  async settleAll(): Promise<void> {
    await this.settle();
    for (const period of monthsOver(this.time.now)) {
      await this.close(period);
      const { unbilled_nano: unbilled } = await this.operator.get<{ unbilled_nano: string }>('billing', `/totals?period=${period}`);
      if (unbilled === '0') continue;
      for (const { invoice } of await this.counting(period)) await this.act('/invoices/{id}:credit', invoice, { reason: 'usage was learnt after the invoice' });
      await this.close(period);
    }
  }

  private async month(period: string): Promise<void> {
    const invoices = await this.close(period);
    const [first] = invoices;
    if (first === undefined) return;
    const { invoice, gross } = first;
    await this.sender.patiently(this.sender.number({ kind: 'command', by: ACCOUNTANT, context: 'billing', route: '/invoices/{id}:pay', target: invoice, key: this.key(), body: { amount: gross, paid_at: this.time.now, reference: `SEPA ${period}` } }));
  }

  private async close(period: string): Promise<readonly Invoice[]> {
    const { head } = await this.operator.get<{ head: number }>('scheduling', '/lag');
    const answer = await this.act('/periods/{id}:close', period, { through: `scheduling:${head}` });
    return (answer as { invoices?: readonly Invoice[] }).invoices ?? [];
  }

  /** Invoices of the month that no credit note has taken back. */
  private async counting(period: string): Promise<readonly Invoice[]> {
    const lists = await Promise.all(['final', 'paid'].map((status) => this.operator.get<{ items: readonly Invoice[] }>('billing', `/invoices?period=${period}&status=${status}&page_size=1000`)));
    return lists.flatMap(({ items }) => items);
  }

  private async act(route: string, target: string, body: object): Promise<unknown> {
    const numbered = this.sender.number({ kind: 'action', by: ACCOUNTANT, context: 'billing', route, target, key: this.key(), body });
    return (await this.sender.patiently(numbered, { timeoutMs: TIMEOUT_MS })).body;
  }

  private key(): string {
    return `accounts-${(this.keys += 1)}`;
  }
}
