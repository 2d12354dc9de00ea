import { Module } from '@nestjs/common';
import { context } from '@pioche/service-kit';
import { accountCommands } from './account/account.commands.js';
import { account } from './account/account.js';
import { errors } from './errors.js';
import { figures } from './figures.js';
import { CaughtUp } from './http/caught-up.js';
import { DocumentsController } from './http/documents.controller.js';
import { Documents } from './http/documents.js';
import { PeriodClose } from './http/period-close.js';
import { PriceBooksController } from './http/price-books.controller.js';
import { TotalsController } from './http/totals.controller.js';
import { invoiceCommands } from './invoice/invoice.commands.js';
import { invoice } from './invoice/invoice.js';
import { numberSeries, numberSeriesCommands } from './number-series/number-series.js';
import { priceBookCommands } from './price-book/price-book.commands.js';
import { priceBook } from './price-book/price-book.js';
import { MeterAllocations } from './reactions/meter-allocations.js';
import { OpenUsages } from './reactions/open-usages.js';
import { postPayment } from './reactions/post-payment.js';
import { billingMigrations, billingRights } from './reactions/tables.js';
import { UsageBook } from './reactions/usage-book.js';
import { WatchBudgets } from './reactions/watch-budgets.js';
import { accountView } from './read-models/accounts/account-view.js';
import { AccountsController } from './read-models/accounts/accounts.controller.js';
import { invoiceView } from './read-models/invoices/invoice-view.js';
import { InvoicesController } from './read-models/invoices/invoices.controller.js';
import { LedgerController } from './read-models/ledger/ledger.controller.js';
import { ledger } from './read-models/ledger/ledger.js';
import { UsageController } from './read-models/usage/usage.controller.js';
import { usageTotals } from './read-models/usage/usage-totals.js';
import { transaction, transactionCommands } from './transaction/transaction.js';
import { usageCommands } from './usage/usage.commands.js';
import { usage } from './usage/usage.js';

@Module(context({
  name: 'billing',
  aggregates: [[priceBook, priceBookCommands], [account, accountCommands], [usage, usageCommands], [transaction, transactionCommands], [invoice, invoiceCommands], [numberSeries, numberSeriesCommands]],
  readModels: [usageTotals, accountView, invoiceView, ledger],
  reactions: [postPayment],
  handlers: [MeterAllocations, WatchBudgets],
  controllers: [PriceBooksController, AccountsController, UsageController, InvoicesController, DocumentsController, LedgerController, TotalsController],
  providers: [UsageBook, OpenUsages, CaughtUp, Documents, PeriodClose],
  migrations: billingMigrations,
  tables: billingRights,
  permissions: { 'read-ledger': ['operator', 'auditor'] },
  figures,
  errors,
}))
export class BillingModule {}
