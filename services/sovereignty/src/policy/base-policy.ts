import { derivedId, type Id } from '@pioche/kernel';

/** The policy that the platform comes with; its next texts go through the quorum like any other. */
export const BASE_POLICY: Id<'policy'> = derivedId('policy', 'base');

export const BASE_POLICY_TITLE = 'Base policy of the platform';

const EU = 'AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');
const set = (names: readonly string[]): string => `[${names.map((name) => `"${name}"`).join(', ')}]`;
const EUROPEAN_LAW = set(['EU', ...EU]);
const EEA = set([...EU, 'IS', 'LI', 'NO']);

/** What is true everywhere unless a quorum decides otherwise. Sources of the rules stand in their reasons. */
export const BASE_POLICY_TEXT = `@id("declared-data-class")
@reason("The tenant has declared this class of data.")
permit (principal is Tenant, action == Action::"place", resource is Node)
when { principal.data_classes.contains(context.data_class) };

@id("personal-data-stays-in-the-eea")
@reason("Personal data is processed in the European Economic Area (GDPR, chapter V).")
forbid (principal, action == Action::"place", resource)
when { ["personal", "health", "restricted"].contains(context.data_class) }
unless { ${EEA}.contains(resource.country) };

@id("sensitive-data-under-european-law")
@reason("Health and restricted data stays with operators that are under European law alone.")
forbid (principal, action == Action::"place", resource)
when { ["health", "restricted"].contains(context.data_class) }
unless { ${EUROPEAN_LAW}.contains(resource.jurisdiction) };

@id("health-data-on-certified-hosts")
@reason("French health data is hosted by a certified host (Code de la santé publique, L. 1111-8).")
forbid (principal, action == Action::"place", resource)
when { context.data_class == "health" }
unless { resource.certifications.contains("HDS") };

@id("restricted-data-on-qualified-hosts")
@reason("Restricted data is hosted by a provider with the SecNumCloud qualification.")
forbid (principal, action == Action::"place", resource)
when { context.data_class == "restricted" }
unless { resource.certifications.contains("SecNumCloud") };
`;
