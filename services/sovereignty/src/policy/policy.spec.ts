import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyEvent } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { given } from '@pioche/testing';
import { BASE_POLICY, BASE_POLICY_TEXT, BASE_POLICY_TITLE } from './base-policy.js';
import { digestOf, readPolicies } from './cedar.js';
import { approve, draft, establish, revise, supersede } from './policy.commands.js';
import { policy } from './policy.js';

const text = '@id("in-france")\n@reason("Stays in France.")\nforbid (principal, action, resource) unless { resource.country == "FR" };\n';
const rules = [{ id: 'in-france', effect: 'forbid' as const, annotation: 'Stays in France.' }];
const title = 'In France';
const other = idOf('policy').parse('policy_01h2xcejqtf2nbrexx3vqjhp42');
const digest = digestOf(text);
const data = { title, text, digest, rules, author: 'ada', quorum: 2, supersedes: [other] };
const drafted: PolicyEvent = { type: 'PolicyDrafted', data };
const approved = (by: string): PolicyEvent => ({ type: 'PolicyApproved', data: { by, digest } });
const adopted = (policy_version: number): PolicyEvent => ({ type: 'PolicyAdopted', data: { policy_version, text, digest, rules, supersedes: [other] } });
const inForce = [drafted, approved('bea'), approved('cleo'), adopted(1)];

describe('drafting a policy', () => {
  const refuses = (wrong: string, code: string, details = {}) => given(policy).when(draft, { title, text: wrong }).refuses(code, details);

  it('keeps the text, its digest, its rules and who wrote it', () =>
    given(policy, [], { actor: 'ada' }).when(draft, { title, text, supersedes: [other] }).then(drafted));

  it('says where a text does not parse', () =>
    refuses('@id("a")\nforbid (principal, action resource);', 'policy-does-not-parse', { errors: [{ message: expect.any(String), line: 2, column: 27 }] }));

  it('refuses an attribute that nothing has: such a rule would never act', () =>
    refuses(text.replace('country', 'contry'), 'policy-does-not-validate', { errors: [{ id: 'in-france', help: 'did you mean `country`?' }] }));

  it('needs an @id, one of its own, on each', () => {
    refuses('forbid (principal, action, resource);', 'policy-without-id');
    refuses(text + text, 'policy-id-repeated', { id: 'in-france' });
  });

  it('refuses a rule about one node', () =>
    refuses('@id("one") forbid (principal, action, resource == Node::"node_1");', 'policy-names-a-node', { id: 'one' }));

  it('refuses an empty text and a template', () => {
    refuses('// nothing', 'policy-is-empty');
    refuses('@id("a") permit (principal == ?principal, action, resource);', 'policy-is-a-template');
  });

  it('takes no quorum of one', () => expect(draft.input.safeParse({ title, text, quorum: 1 }).success).toBe(false));
});

describe('approving', () => {
  it('adopts with the last approval of the quorum', () => {
    given(policy, [drafted], { actor: 'bea' }).when(approve, { digest }).then(approved('bea'));
    given(policy, [drafted, approved('bea')], { actor: 'cleo' }).when(approve, { digest }).then(approved('cleo'), adopted(1));
  });

  it("does not count the author, nor anyone twice", () => {
    given(policy, [drafted], { actor: 'ada' }).when(approve, { digest }).refuses('author-cannot-approve');
    given(policy, [drafted, approved('bea')], { actor: 'bea' }).when(approve, { digest }).refuses('already-approved');
  });

  it('is of the text that was read, and of no other', () =>
    given(policy, [drafted], { actor: 'bea' }).when(approve, { digest: digestOf('other') }).refuses('policy-text-changed', { digest }));

  it('is refused when nothing waits', () => given(policy, inForce).when(approve, { digest }).refuses('transition-not-allowed', { allowed: ['revise', 'supersede'] }));
});

describe('revising', () => {
  const redrafted: PolicyEvent = { type: 'PolicyDrafted', data: { ...data, author: 'bea' } };

  it('starts approvals anew, and gives the next version when it is adopted', () => {
    given(policy, inForce, { actor: 'bea' }).when(revise, { text, supersedes: [other] }).then(redrafted);
    given(policy, [...inForce, redrafted], { actor: 'cleo' }).when(approve, { digest }).then(approved('cleo'));
    given(policy, [...inForce, redrafted, approved('cleo')], { actor: 'ada' }).when(approve, { digest }).then(approved('ada'), adopted(2));
  });

  it('voids the approvals of a text that still waits', () =>
    given(policy, [drafted, approved('cleo'), redrafted], { actor: 'dora' }).when(approve, { digest }).then(approved('dora')));

  it('does not supersede itself', () =>
    given(policy, inForce, { id: other }).when(revise, { text, supersedes: [other] }).refuses('policy-supersedes-itself'));
});

describe('superseding', () => {
  it('ends it, once', () => {
    const ended: PolicyEvent = { type: 'PolicySuperseded', data: { by: other, policy_version: 1 } };
    given(policy, inForce).when(supersede, { by: other }).then(ended);
    given(policy, [...inForce, ended]).when(supersede, { by: other }).thenMatching();
    given(policy, [...inForce, ended]).when(revise, { text }).refuses('transition-not-allowed', { allowed: [] });
  });
});

describe('the base policy', () => {
  const nodes = {
    qualified: { site: 'paris', country: 'FR', jurisdiction: 'FR', certifications: ['HDS', 'SecNumCloud'] },
    french: { site: 'lyon', country: 'FR', jurisdiction: 'FR', certifications: [] },
    american: { site: 'dublin', country: 'IE', jurisdiction: 'US', certifications: ['HDS', 'SecNumCloud'] },
    abroad: { site: 'zurich', country: 'CH', jurisdiction: 'FR', certifications: ['HDS', 'SecNumCloud'] },
  };
  const staticPolicies = Object.fromEntries(readPolicies(BASE_POLICY_TEXT).map((rule) => [rule.id, rule.text]));

  function place(dataClass: string, node: keyof typeof nodes) {
    const answer = isAuthorized({
      principal: { type: 'Tenant', id: 't' },
      action: { type: 'Action', id: 'place' },
      resource: { type: 'Node', id: node },
      context: { data_class: dataClass, gpus: 8 },
      policies: { staticPolicies },
      entities: [
        { uid: { type: 'Tenant', id: 't' }, attrs: { country: 'FR', data_classes: ['public', 'personal', 'health', 'restricted'] }, parents: [] },
        { uid: { type: 'Node', id: node }, attrs: nodes[node], parents: [] },
      ],
    });
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
    expect(answer.response.diagnostics.errors).toEqual([]);
    return [answer.response.decision, ...answer.response.diagnostics.reason.sort()];
  }

  it('is put in force once, by its own rules', () => {
    given(policy, [], { id: BASE_POLICY })
      .when(establish, {})
      .thenMatching({ type: 'PolicyDrafted', data: { title: BASE_POLICY_TITLE, author: 'platform' } }, { type: 'PolicyAdopted', data: { policy_version: 1 } });
    given(policy, inForce).when(establish, {}).thenMatching();
  });

  it.each([
    ['public', 'abroad', ['allow', 'declared-data-class']],
    ['secret', 'qualified', ['deny']],
    ['personal', 'american', ['allow', 'declared-data-class']],
    ['personal', 'abroad', ['deny', 'personal-data-stays-in-the-eea']],
    ['health', 'qualified', ['allow', 'declared-data-class']],
    ['health', 'french', ['deny', 'health-data-on-certified-hosts']],
    ['health', 'american', ['deny', 'sensitive-data-under-european-law']],
    ['restricted', 'qualified', ['allow', 'declared-data-class']],
    ['restricted', 'french', ['deny', 'restricted-data-on-qualified-hosts']],
  ] as const)('%s data on the %s node: %s', (dataClass, node, expected) => expect(place(dataClass, node)).toEqual(expected));
});
