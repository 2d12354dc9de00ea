/** By what right a job is placed on a site: the replicated Cedar policies decide, and without a permit nothing is placed. */
import { statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { LRUCache } from 'lru-cache';
import type { Permit, PermitAsk, PermitFunction, SiteFacts } from '../engine/types.js';
import { parsePolicies, type PolicySet, type PolicyText, PolicyTextError, type Rule } from './policy-set.js';

/** What policies may ask about the tenant. */
export interface TenantFacts {
  readonly tenant: string;
  readonly country: string;
  readonly data_classes: readonly string[];
}

/** Who asks, as policies see it. Of a tenant that nobody has registered only its keys are known. */
interface Principal {
  readonly keys: 'available' | 'refused';
  readonly facts: TenantFacts | undefined;
}

const REMEMBERED = 100_000;

/**
 * The permits of one set of policies. Principal `Tenant` (country, data_classes, keys), action `place`, resource `Node`
 * (site, country, jurisdiction, certifications), context `{ data_class, gpus, project? }` with GPUs rounded up.
 * `keys` is the state of the tenant's keys: `refused` while any of its switches is off, else `available`.
 *
 * It fails closed: no policy, a text that cannot be executed, or a rule that cannot be evaluated is a refusal.
 * An answer is remembered per question, for as long as these policies are in force (one `Permits` for each set).
 * @param barred tenants with a switch that is off
 */
export function permits(policies: Iterable<PolicyText>, tenants: Iterable<TenantFacts> = [], barred: Iterable<string> = []): PermitFunction {
  const inForce = [...policies].sort((a, b) => (a.policy < b.policy ? -1 : 1));
  if (inForce.length === 0) return () => ({ allowed: false, rules: [], text: 'No policy is in force, so nothing is permitted.' });
  const facts = new Map([...tenants].map((tenant) => [tenant.tenant, tenant]));
  const refused = new Set(barred);
  const answers = new LRUCache<string, Permit>({ max: REMEMBERED });
  const set = read(inForce);
  if (set instanceof PolicyTextError) {
    const { policy, policy_version: policyVersion } = set.policy;
    return () => ({ allowed: false, policy, policyVersion, rules: [], text: `${set.message} Nothing is permitted until it is replaced.` });
  }
  return (ask, site) => {
    const gpus = Math.ceil((ask.nodes * ask.gpusPerNode * ask.gpuMilli) / 1000);
    const key = JSON.stringify([ask.tenant, ask.dataClass, ask.project, gpus, site.site, site.country, site.jurisdiction, site.certifications]);
    const known = answers.get(key);
    if (known) return known;
    const answer = evaluate(set, ask, gpus, site, { keys: refused.has(ask.tenant) ? 'refused' : 'available', facts: facts.get(ask.tenant) });
    answers.set(key, answer);
    return answer;
  };
}

function read(policies: readonly PolicyText[]): PolicySet | PolicyTextError {
  try {
    return parsePolicies(policies);
  } catch (error) {
    if (error instanceof PolicyTextError) return error;
    throw error;
  }
}

function evaluate(set: PolicySet, ask: PermitAsk, gpus: number, site: SiteFacts, { keys, facts }: Principal): Permit {
  const principal = { type: 'Tenant', id: ask.tenant };
  // All nodes of a site that share these attributes are one resource.
  const resource = { type: 'Node', id: site.site };
  const answer = statefulIsAuthorized({
    principal,
    action: { type: 'Action', id: 'place' },
    resource,
    context: { data_class: ask.dataClass, gpus, ...(ask.project === undefined ? {} : { project: ask.project }) },
    entities: [
      { uid: principal, attrs: { keys, ...(facts && { country: facts.country, data_classes: [...facts.data_classes] }) }, parents: [] },
      { uid: resource, attrs: { site: site.site, country: site.country, jurisdiction: site.jurisdiction, certifications: [...site.certifications] }, parents: [] },
    ],
    preparsedPolicySetId: set.id,
  });
  if (answer.type === 'failure') return { allowed: false, rules: [], text: answer.errors.map(({ message }) => message).join('; ') };
  const { decision, diagnostics } = answer.response;
  // Cedar passes over a rule that it cannot evaluate; a forbid that is passed over would be a hole.
  const failed = diagnostics.errors[0];
  if (failed) {
    const rule = ruleOf(set, failed.policyId);
    return { allowed: false, policy: rule.policy, policyVersion: rule.policyVersion, rules: [rule.id], text: `Rule ${rule.id} cannot be evaluated: ${failed.error.message}` };
  }
  const rules = diagnostics.reason.map((id) => ruleOf(set, id)).sort((a, b) => (a.policy === b.policy ? (a.id < b.id ? -1 : 1) : a.policy < b.policy ? -1 : 1));
  const [first] = rules;
  if (!first) return { allowed: false, rules: [], text: 'No rule permits it.' };
  const named = { policy: first.policy, policyVersion: first.policyVersion, rules: rules.map(({ id }) => id) };
  if (decision === 'allow') return { allowed: true, ...named };
  return { allowed: false, ...named, text: rules.map(({ id, reason }) => `Rule ${id}: ${reason ?? 'forbidden.'}`).join(' ') };
}

const ruleOf = (set: PolicySet, id: string): Rule => {
  const rule = set.rules.get(id);
  if (!rule) throw new Error(`Cedar named a rule that is in no policy: ${id}`);
  return rule;
};
