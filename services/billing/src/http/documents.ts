import { Injectable } from '@nestjs/common';
import { ConflictError } from '@pioche/event-store';
import { refuse, type Id } from '@pioche/kernel';
import type { InvoiceContent } from '@pioche/contracts';
import type { Tools } from '@pioche/service-kit';
import { creditInvoice } from '../appends/credit-invoice.js';
import { finaliseInvoice } from '../appends/finalise-invoice.js';
import { seriesIdAt } from '../appends/number-document.js';
import { writeTo, type Loaded } from '../appends/write.js';
import { invoice, type Invoice } from '../invoice/invoice.js';
import { draft } from '../invoice/invoice.commands.js';
import { numberSeries } from '../number-series/number-series.js';

type InvoiceId = Id<'invoice'>;
type LoadedInvoice = Loaded<Invoice> & { readonly id: InvoiceId };

const load = async (id: InvoiceId, tools: Tools): Promise<LoadedInvoice> => ({ id, ...(await tools.load(invoice, id)) });

const seriesOf = async (kind: 'invoice' | 'credit-note', tools: Tools) => {
  const id = seriesIdAt(kind, tools);
  return { id, ...(await tools.load(numberSeries, id)) };
};

/**
 * Writes what takes a number. One after the other in this process, so that only another replica can be faster; what
 * it has done meanwhile is found when it is decided again.
 */
@Injectable()
export class Documents {
  private last: Promise<unknown> = Promise.resolve();

  /** Drafts and finalises, or goes on where that was cut off; what is final stays. @throws CommandReusedError */
  async invoice(id: InvoiceId, content: InvoiceContent, tools: Tools): Promise<void> {
    const { version } = await load(id, tools);
    await tools.append(
      async (context) => {
        const loaded = await load(id, tools);
        return isOpen(loaded.state) ? [writeTo(loaded, draft.decide(loaded.state, content, context))] : [];
      },
      // A draft that was cut off may be drafted again with what has been learnt since.
      { nth: `draft ${id} on ${version}`, tenant: content.tenant },
    );
    await this.inTurn(() =>
      tools.append(
        async (context) => {
          const loaded = await load(id, tools);
          return isOpen(loaded.state) ? finaliseInvoice({ invoice: loaded, series: await seriesOf('invoice', tools) }, context) : [];
        },
        { nth: `finalise ${id}`, tenant: content.tenant },
      ),
    );
  }

  /** @param expected version that the client has read, if it said so @throws Refusal, ConflictError */
  async credit(id: InvoiceId, reason: string, expected: number | undefined, tools: Tools): Promise<void> {
    const { state } = await load(id, tools);
    if (state.status === 'unknown') refuse('unknown', { id });
    const tenant = invoice.tenantOf?.(state);
    await this.inTurn(() =>
      tools.append(
        async (context) => {
          const loaded = await load(id, tools);
          if (expected !== undefined && loaded.version !== expected) throw new ConflictError(id, expected, loaded.version);
          return creditInvoice({ invoice: loaded, series: await seriesOf('credit-note', tools) }, reason, context);
        },
        { nth: `credit ${id}`, ...(tenant === undefined ? {} : { tenant }) },
      ),
    );
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

const isOpen = ({ status }: Invoice): boolean => status === 'unknown' || status === 'draft';
