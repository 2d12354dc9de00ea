import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const BUDGET_CATEGORIES = ['compute', 'people', 'travel', 'event', 'hardware'] as const;
export const BudgetCategory = z.enum(BUDGET_CATEGORIES);
export type BudgetCategory = z.infer<typeof BudgetCategory>;

export const CommitmentId = idOf('commitment');
const Cents = z.int().positive().meta({ description: 'Cents.' });

export const budgetEvents = events('lab', {
  BudgetOpened: {
    version: 1,
    meaning: 'This much of the funder’s money may be spent on this category, of one project or of the tenant’s whole lab.',
    data: z.object({
      tenant: idOf('tenant'),
      project: idOf('project').optional(),
      funder: z.string().min(1),
      category: BudgetCategory,
      amount: Cents,
      currency: z.literal('EUR'),
    }),
    example: {
      tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
      project: 'project_01h2xcejqtf2nbrexx3vqjhp41',
      funder: 'France 2030',
      category: 'compute',
      amount: 120_000_000,
      currency: 'EUR',
    },
  },
  CommitmentMade: {
    version: 1,
    meaning: 'This much of the rest is promised and can be promised to nobody else.',
    data: z.object({ commitment: CommitmentId, amount: Cents, purpose: z.string().min(1) }),
    example: { commitment: 'commitment_01h2xcejqtf2nbrexx3vqjhp41', amount: 4_000_000, purpose: '64 GPUs for three weeks' },
  },
  CommitmentReleased: {
    version: 1,
    meaning: 'What is left of the commitment is free again.',
    data: z.object({ commitment: CommitmentId, amount: Cents }),
    example: { commitment: 'commitment_01h2xcejqtf2nbrexx3vqjhp41', amount: 120_000 },
  },
  ActualRecorded: {
    version: 1,
    meaning: 'Money was spent; against a commitment it uses that one up first. Negative: it came back, as by a credit note.',
    data: z.object({
      commitment: CommitmentId.optional(),
      amount: z.int().meta({ description: 'Cents.' }),
      at: Instant,
      cause: z.string().min(1).meta({ description: 'What it was spent for; recorded once.' }),
    }),
    example: { commitment: 'commitment_01h2xcejqtf2nbrexx3vqjhp41', amount: 2304, at: '2026-12-01T06:00:00.000Z', cause: 'PI-2026-000001/1' },
  },
});
