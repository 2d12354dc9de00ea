/** Reading Cedar. Pure: parsing and validating are functions of the text. */
import { checkParsePolicySet, policySetTextToParts, policyToJson, validate, type DetailedError } from '@cedar-policy/cedar-wasm/nodejs';
import { PLACEMENT_VOCABULARY, type PolicyRule } from '@pioche/contracts';
import { refuse } from '@pioche/kernel';
import { createHash } from 'node:crypto';

/** SHA-256 of the text, hexadecimal: what an approval names. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One Cedar policy of a text: what it is for people, and its own text for the engine. */
export interface ReadRule extends PolicyRule {
  readonly text: string;
}

/**
 * The policies of a text, by their `@id`, in its order.
 * @throws Refusal when it does not parse, has no policy, a template, a policy without `@id`, or an `@id` twice
 */
export function readPolicies(text: string): ReadRule[] {
  const parsed = policySetTextToParts(text);
  if (parsed.type === 'failure') return refuse('policy-does-not-parse', { errors: parsed.errors.map(place(text)) });
  if (parsed.policy_templates.length > 0) refuse('policy-is-a-template', { templates: parsed.policy_templates });
  const rules = parsed.policies.map(readRule);
  if (rules.length === 0) refuse('policy-is-empty');
  const twice = rules.find(({ id }, at) => rules.findIndex((other) => other.id === id) !== at);
  if (twice) refuse('policy-id-repeated', { id: twice.id });
  return rules;
}

/**
 * The rules of a text that may be drafted: it reads, and says only what placements know.
 * @throws Refusal as `readPolicies`, when it does not validate against the placement vocabulary, or names one node
 */
export function rulesOf(text: string): PolicyRule[] {
  const rules = readPolicies(text);
  // The scheduler asks once for all nodes of a site that are alike: a rule for one of them could be missed.
  const naming = rules.find((rule) => /\bNode\s*::\s*"/.test(rule.text));
  if (naming) refuse('policy-names-a-node', { id: naming.id });
  const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, rule.text]));
  const set = checkParsePolicySet({ staticPolicies });
  if (set.type === 'failure') refuse('policy-does-not-parse', { errors: set.errors.map(({ message }) => ({ message })) });
  const answer = validate({ schema: PLACEMENT_VOCABULARY, policies: { staticPolicies } });
  if (answer.type === 'failure') return refuse('policy-does-not-validate', { errors: answer.errors.map(({ message }) => ({ message })) });
  const wrong = answer.validationErrors.map(({ policyId, error: { message, help } }) => ({ id: policyId, message, help }));
  if (wrong.length > 0) refuse('policy-does-not-validate', { errors: wrong });
  return rules.map(({ id, effect, annotation }) => ({ id, effect, annotation }));
}

function readRule(text: string): ReadRule {
  const answer = policyToJson(text);
  if (answer.type === 'failure') return refuse('policy-does-not-parse', { errors: answer.errors.map(place(text)) });
  const { effect, annotations = {} } = answer.json;
  const id = annotations['id'] ?? refuse('policy-without-id', { policy: text });
  return { id, effect, annotation: annotations['reason'] ?? '', text };
}

/** Where in the text, as a person counts: lines and columns from 1. */
const place =
  (text: string) =>
  ({ message, help, sourceLocations }: DetailedError) => {
    const before = text.slice(0, sourceLocations?.[0]?.start ?? 0).split('\n');
    return { message, ...(help ? { help } : {}), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
