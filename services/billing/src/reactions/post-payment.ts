import { invoiceEvents } from '@pioche/contracts';
import { reaction } from '@pioche/service-kit';
import { paymentPosting } from '../transaction/postings.js';
import { post, transactionIdOf } from '../transaction/transaction.js';

/** A paid invoice moves from the customer’s account to the bank’s, once. */
export const postPayment = reaction(invoiceEvents, 'InvoicePaid', async ({ subject, data }, { tell }) => {
  const posting = paymentPosting(subject, data);
  await tell(post, transactionIdOf(posting.cause), posting);
});
