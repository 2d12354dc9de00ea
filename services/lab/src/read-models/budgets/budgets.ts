import { budgetEvents } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { leftAfter } from '../../budget/budget.js';

/** Amounts are cents: whole numbers below 2⁵³. */
const CentsColumn = () => Column('bigint', { transformer: { to: (cents: number) => cents, from: Number } });

@Entity('budgets')
export class BudgetRow {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  /** Null: for the tenant's whole lab. */
  @Index() @Column('text', { nullable: true }) project!: string | null;
  @Column('text') funder!: string;
  @Column('text') category!: string;
  @CentsColumn() amount!: number;
  @CentsColumn() spent!: number;
  @InstantColumn() opened_at!: string;
  /** Its place in the log: budgets of one moment were opened in this order. */
  @Column('bigint') opened_position!: string;
}

@Entity('budget_commitments')
export class CommitmentRow {
  @PrimaryColumn('text') budget!: string;
  @PrimaryColumn('text') commitment!: string;
  @Column('text') purpose!: string;
  @CentsColumn() amount!: number;
  @CentsColumn() left!: number;
}

@Entity('budget_actuals')
export class ActualRow {
  @PrimaryColumn('text') budget!: string;
  @PrimaryColumn('text') cause!: string;
  @Column('text', { nullable: true }) commitment!: string | null;
  @CentsColumn() amount!: number;
  @InstantColumn() at!: string;
}

/** Budgets, what of each is promised, and what was spent. A commitment that is released is gone. */
export const budgets = projection({ budgets: BudgetRow, commitments: CommitmentRow, actuals: ActualRow }, { version: 1, from: budgetEvents }, {
  BudgetOpened: ({ budgets }, { subject, time, position, data: { tenant, project = null, funder, category, amount } }) =>
    budgets.put({ id: subject, tenant, project, funder, category, amount, spent: 0, opened_at: time, opened_position: String(position) }),
  CommitmentMade: ({ commitments }, { subject, data: { commitment, purpose, amount } }) =>
    commitments.put({ budget: subject, commitment, purpose, amount, left: amount }),
  CommitmentReleased: ({ commitments }, { subject, data: { commitment } }) => commitments.remove({ budget: subject, commitment }),
  ActualRecorded: ({ budgets, commitments, actuals }, { subject, data: { commitment, amount, at, cause } }) => {
    budgets.patch({ id: subject }, ({ spent }) => ({ spent: spent + amount }));
    if (commitment !== undefined) commitments.patch({ budget: subject, commitment }, ({ left }) => ({ left: leftAfter(left, amount) }));
    actuals.put({ budget: subject, cause, commitment: commitment ?? null, amount, at });
  },
});
