/** Who buys compute in the scenario: different sizes, data, contracts and residencies. The last one is the AI lab. */
export interface TenantPlan {
  readonly key: string;
  readonly name: string;
  readonly country: string;
  readonly vatId?: string;
  /** The class of data its jobs process. */
  readonly dataClass: 'public' | 'internal' | 'personal' | 'health' | 'restricted';
  readonly guaranteedGpus: number;
  readonly borrowableGpus: number;
  /** Its work may be placed in France only. */
  readonly franceOnly?: true;
  /** Euros a month after which placements stop, if the contract says so. */
  readonly monthlyBudgetEur?: number;
  readonly custodians: number;
  readonly quorum: number;
}

export const TENANTS: readonly TenantPlan[] = [
  { key: 'lab', name: 'Laboratoire Ampère', country: 'FR', vatId: 'FR40303265045', dataClass: 'internal', guaranteedGpus: 384, borrowableGpus: 632, franceOnly: true, custodians: 3, quorum: 2 },
  { key: 'aero', name: 'Aéronautique du Sud SA', country: 'FR', vatId: 'FR83404833048', dataClass: 'restricted', guaranteedGpus: 128, borrowableGpus: 512, franceOnly: true, custodians: 5, quorum: 3 },
  { key: 'santé', name: 'Santé Publique Recherche', country: 'FR', vatId: 'FR53542107651', dataClass: 'health', guaranteedGpus: 96, borrowableGpus: 512, franceOnly: true, custodians: 3, quorum: 2 },
  { key: 'auto', name: 'Autowerke Rhein GmbH', country: 'DE', vatId: 'DE136695976', dataClass: 'internal', guaranteedGpus: 128, borrowableGpus: 512, monthlyBudgetEur: 500_000, custodians: 3, quorum: 2 },
  { key: 'banque', name: 'Banque des Territoires Numériques', country: 'FR', vatId: 'FR29552120222', dataClass: 'personal', guaranteedGpus: 64, borrowableGpus: 256, custodians: 3, quorum: 2 },
  { key: 'startup', name: 'Petit Modèle SAS', country: 'FR', vatId: 'FR61954506077', dataClass: 'internal', guaranteedGpus: 32, borrowableGpus: 256, custodians: 2, quorum: 1 },
  { key: 'alpine', name: 'Alpine Imaging AG', country: 'CH', dataClass: 'public', guaranteedGpus: 32, borrowableGpus: 256, custodians: 2, quorum: 1 },
  { key: 'université', name: 'Université de Saclay', country: 'FR', vatId: 'FR45130020910', dataClass: 'public', guaranteedGpus: 64, borrowableGpus: 512, custodians: 3, quorum: 2 },
];

/** The tenant that is the lab, and the one that turns its service off and on. */
export const LAB = 'lab';
export const SWITCHED = 'auto';

/** What the lab works on; its jobs take turns. */
export const LAB_PROJECTS = [
  { code: 'FOUNDATION', name: 'Open foundation model' },
  { code: 'ROBUST', name: 'Robustness of large models' },
  { code: 'CLIMATE', name: 'Climate emulation' },
] as const;

/** Its 100 M€, by what they are for. */
export const LAB_BUDGETS = [
  { funder: 'France 2030', category: 'compute', millions: 70 },
  { funder: 'France 2030', category: 'people', millions: 28 },
  { funder: 'Partners', category: 'event', millions: 2 },
] as const;

/** 2.90 € per GPU-hour and tax, as an integer of nano-euro per GPU-second. */
export const NANO_PER_GPU_SECOND = 805_556;
export const FRANCE_ONLY = (tenants: readonly string[]): string =>
  `@id("france-only")
@reason("The contract says that the work stays in France.")
forbid (principal, action == Action::"place", resource)
when { [${tenants.map((tenant) => `Tenant::"${tenant}"`).join(', ')}].contains(principal) }
unless { resource.country == "FR" };
`;
