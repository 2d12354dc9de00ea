import type { ErrorCatalogue } from '@pioche/service-kit';

/** Every refusal of billing, and what to do next. */
export const errors = {
  'price-book-elsewhere': { status: 404, title: 'Publish to the price list named in details: it is the only book that usage is rated by.' },
  'price-version-out-of-order': { status: 409, title: 'Choose an effective_from later than that of the last version, which details names.' },
  'price-missing': { status: 422, title: 'Give a price to every GPU model of the last version too: running allocations need one.' },
  'price-duplicate': { status: 422, title: 'Give each GPU model one price.' },
  'price-already-in-force': { status: 422, title: 'Choose an effective_from in the future: what was in force keeps its price.' },
  'no-price-in-force': { status: 422, title: 'Publish a price for this GPU model that is effective at this time; usage then goes on.' },
  'vat-id-of-another-country': { status: 422, title: 'Give the VAT id that the country of the account issued, or leave it out.' },
  'budget-unknown': { status: 404, title: 'Set one of the budgets of this account, or leave the id out for a new one.' },
  'transaction-unbalanced': { status: 422, title: 'Correct the entries: debits (positive) and credits (negative) must sum to zero.' },
  'period-not-over': { status: 409, title: 'Finalise after the period has ended (details: when).' },
  'usage-not-complete': { status: 409, title: 'Wait until events later than the period’s end have been metered, or say in `through` which position of scheduling is the last that counts.' },
  'nothing-to-invoice': { status: 409, title: 'Leave the period without an invoice: it comes to nothing. What was used stays unbilled.' },
  'payment-not-the-gross': { status: 422, title: 'Record the payment when the whole gross amount has arrived.' },
  'payment-in-the-future': { status: 422, title: 'Give the day the money arrived.' },
  'number-not-next': { status: 409, title: 'Take the next number of the series, which details names.' },
} as const satisfies ErrorCatalogue;
