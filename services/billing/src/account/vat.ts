/** Which VAT a customer's invoice carries. The seller is in France; what is sold is an electronic service. */
import type { BillingDetails, VatTreatment } from '@pioche/contracts';

/** EU member states but France (ISO 3166-1); Monaco counts as France for VAT (art. 7, Directive 2006/112/EC). */
const OTHER_MEMBER_STATES: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);
const FRANCE: ReadonlySet<string> = new Set(['FR', 'MC']);

/** VAT ids begin with the country's code, but Greece's with EL and Monaco's with FR. */
const VAT_PREFIX: Readonly<Record<string, string>> = { GR: 'EL', MC: 'FR' };

export const FRENCH_VAT: VatTreatment = { category: 'S', rate_bp: 2000 };

export const vatPrefixOf = (country: string): string => VAT_PREFIX[country] ?? country;

/**
 * The treatment of everything on an invoice to this customer.
 * France: 20 %. Elsewhere in the EU: the customer accounts for it when it has a VAT id (art. 196, Directive
 * 2006/112/EC), otherwise French VAT. Outside the EU: none.
 */
export function vatTreatmentOf({ country, vat_id }: BillingDetails): VatTreatment {
  if (FRANCE.has(country)) return FRENCH_VAT;
  if (!OTHER_MEMBER_STATES.has(country)) return { category: 'G', rate_bp: 0, reason: 'VATEX-EU-G: export outside the EU' };
  if (vat_id === undefined) return FRENCH_VAT;
  return { category: 'AE', rate_bp: 0, reason: 'VATEX-EU-AE: reverse charge' };
}
