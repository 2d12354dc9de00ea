/**
 * The words that policies about placement are written in: a Cedar schema, shared by those who write policies
 * and the scheduler that asks them. Policies are validated against it, so that a misspelt attribute is refused
 * at draft instead of being a rule that never acts. `keys` is "available" or, while a switch bars the tenant, "refused".
 */
export const PLACEMENT_VOCABULARY = `
entity Tenant = {
  "country": String,
  "data_classes": Set<String>,
  "keys": String,
};
entity Node = {
  "site": String,
  "country": String,
  "jurisdiction": String,
  "certifications": Set<String>,
};
action "place" appliesTo {
  principal: [Tenant],
  resource: [Node],
  context: { "data_class": String, "gpus": Long, "project"?: String },
};
`;
