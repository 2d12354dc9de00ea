import { accountEvents, type BudgetPeriod } from '@pioche/contracts';
import { ExactColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('account_view')
export class AccountRow {
  @PrimaryColumn('text') account!: string;
  @Index() @Column('text') tenant!: string;
  @Column('text') name!: string;
  @Column('text') country!: string;
  @Column('text', { nullable: true }) vat_id!: string | null;
  @Column('boolean') stop_at_budget!: boolean;
}

@Entity('budget_view')
export class BudgetRow {
  @PrimaryColumn('text') budget!: string;
  @Column('text') account!: string;
  @Index() @Column('text') tenant!: string;
  @Column('text', { nullable: true }) project!: string | null;
  @ExactColumn() amount_nano!: bigint;
  @Column('text') kind!: BudgetPeriod;
  /** Highest threshold reached, in per cent, by period. */
  @Column('jsonb') reached!: Readonly<Record<string, number>>;
}

export const accountView = projection({ accounts: AccountRow, budgets: BudgetRow }, { version: 1, from: accountEvents }, {
  AccountOpened: ({ accounts }, { subject, data: { tenant, name, country, vat_id = null, contract } }) =>
    accounts.put({ account: subject, tenant, name, country, vat_id, stop_at_budget: contract.stop_at_budget }),
  BillingDetailsChanged: ({ accounts }, { subject, data: { name, country, vat_id = null } }) => accounts.patch({ account: subject }, { name, country, vat_id }),
  BudgetSet: ({ budgets }, { subject, data: { budget, tenant, project = null, amount_nano, period } }) =>
    budgets.put({ budget, account: subject, tenant, project, amount_nano: BigInt(amount_nano), kind: period, reached: {} }),
  BudgetThresholdReached: ({ budgets }, { data: { budget, period, percent } }) =>
    budgets.patch({ budget }, (row) => ({ reached: { ...row.reached, [period]: percent } })),
});
