import { budgetEvents, type BudgetCategory } from '@pioche/contracts';
import { ExactColumn, InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { leftAfter } from '../../budget/budget.js';
import { CentsColumn } from '../columns.js';

@Entity('budget_view')
export class BudgetRow {
  @PrimaryColumn('text') budget!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  /** Null: for the tenant's whole lab. */
  @Index() @Column('text', { nullable: true }) project!: string | null;
  @Column('text') funder!: string;
  @Column('text') category!: BudgetCategory;
  @CentsColumn() amount!: number;
  @CentsColumn() spent!: number;
  @InstantColumn() opened_at!: string;
  /** Its place in the log: budgets were opened in this order. */
  @ExactColumn() opened_position!: bigint;
}

@Entity('commitment_view')
export class CommitmentRow {
  @PrimaryColumn('text') budget!: string;
  @PrimaryColumn('text') commitment!: string;
  @Column('text', { nullable: true }) tenant!: string | null;
  @Column('text') purpose!: string;
  @CentsColumn() amount!: number;
  @CentsColumn() left!: number;
}

@Entity('actual_view')
export class ActualRow {
  @PrimaryColumn('text') budget!: string;
  @PrimaryColumn('text') cause!: string;
  @Column('text', { nullable: true }) tenant!: string | null;
  @Column('text', { nullable: true }) commitment!: string | null;
  @CentsColumn() amount!: number;
  @InstantColumn() at!: string;
}

/** Budgets, what of each is promised, and what was spent. A commitment that is released is gone. */
export const budgetView = projection({ budgets: BudgetRow, commitments: CommitmentRow, actuals: ActualRow }, { version: 2, from: budgetEvents }, {
  BudgetOpened: ({ budgets }, { subject, version, time, position, data: { tenant, project = null, funder, category, amount } }) =>
    budgets.put({ budget: subject, version, tenant, project, funder, category, amount, spent: 0, opened_at: time, opened_position: BigInt(position) }),
  CommitmentMade: ({ budgets, commitments }, { subject, version, tenant = null, data: { commitment, purpose, amount } }) => {
    budgets.patch({ budget: subject }, { version });
    commitments.put({ budget: subject, commitment, tenant, purpose, amount, left: amount });
  },
  CommitmentReleased: ({ budgets, commitments }, { subject, version, data: { commitment } }) => {
    budgets.patch({ budget: subject }, { version });
    commitments.remove({ budget: subject, commitment });
  },
  ActualRecorded: ({ budgets, commitments, actuals }, { subject, version, tenant = null, data: { commitment, amount, at, cause } }) => {
    budgets.patch({ budget: subject }, ({ spent }) => ({ version, spent: spent + amount }));
    if (commitment !== undefined) commitments.patch({ budget: subject, commitment }, ({ left }) => ({ left: leftAfter(left, amount) }));
    actuals.put({ budget: subject, cause, tenant, commitment: commitment ?? null, amount, at });
  },
});
