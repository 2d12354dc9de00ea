/** Policies as Cedar executes them, and back from Cedar's names to ours. */
import { createHash } from 'node:crypto';
import { policySetTextToParts, policyToJson, preparsePolicySet } from '@cedar-policy/cedar-wasm/nodejs';

export interface PolicyText {
  readonly policy: string;
  readonly policy_version: number;
  readonly text: string;
}

export interface Rule {
  readonly policy: string;
  readonly policyVersion: number;
  /** Its @id. */
  readonly id: string;
  /** Its @reason, for the people whom it concerns. */
  readonly reason?: string | undefined;
}

export interface PolicySet {
  /** Under this name Cedar keeps the parsed set. */
  readonly id: string;
  readonly rules: ReadonlyMap<string, Rule>;
}

/** A text that cannot be executed as it was meant. */
export class PolicyTextError extends Error {
  override readonly name = 'PolicyTextError';
  constructor(readonly policy: PolicyText, problem: string) {
    super(`Policy ${policy.policy} version ${policy.policy_version}: ${problem}`);
  }
}

/** @throws PolicyTextError for a text that does not parse, has a template, or names one node */
export function parsePolicies(policies: readonly PolicyText[]): PolicySet {
  const rules = new Map<string, Rule>();
  const texts: Record<string, string> = {};
  for (const policy of policies)
    for (const [i, text] of statements(policy).entries()) {
      const { id = `${policy.policy}#${i}`, reason } = annotations(policy, text);
      const name = `${policy.policy}/${i}`;
      rules.set(name, { policy: policy.policy, policyVersion: policy.policy_version, id, reason });
      texts[name] = text;
    }
  const id = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
  const parsed = preparsePolicySet(id, { staticPolicies: texts });
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '));
  return { id, rules };
}

function statements(policy: PolicyText): string[] {
  // Nodes that are alike for rules are asked about together, so a rule for one of them could be missed.
  if (/\bNode\s*::\s*"/.test(policy.text)) throw new PolicyTextError(policy, 'a rule names one node; cordon the node instead.');
  const parts = policySetTextToParts(policy.text);
  if (parts.type === 'failure') throw new PolicyTextError(policy, parts.errors.map(({ message }) => message).join('; '));
  if (parts.policy_templates.length > 0) throw new PolicyTextError(policy, 'templates are not executed here.');
  return parts.policies;
}

function annotations(policy: PolicyText, text: string): { readonly id?: string; readonly reason?: string } {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new PolicyTextError(policy, answer.errors.map(({ message }) => message).join('; '));
  return answer.json.annotations ?? {};
}
