import { derivedId } from '@pioche/kernel';
import fc from 'fast-check';
import type { PermitAsk, SiteFacts } from '../engine/types.js';
import { Engine } from '../engine/index.js';
import { permits } from './permit.js';

const inFrance = derivedId('tenant', 'france-only');
const others = [derivedId('tenant', 'a'), derivedId('tenant', 'b')];
const base = { policy: 'policy_base', policy_version: 2, text: '@id("baseline") permit (principal, action == Action::"place", resource);' };
const franceOnly = {
  policy: 'policy_fr',
  policy_version: 1,
  text: `@id("fr-only") @reason("Stays in France.") forbid (principal == Tenant::"${inFrance}", action == Action::"place", resource) unless { resource.country == "FR" };`,
};
const ask: PermitAsk = { tenant: inFrance, dataClass: 'internal', nodes: 1, gpusPerNode: 8, gpuMilli: 1000 };
const paris: SiteFacts = { site: 'site_paris', country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'] };
const berlin: SiteFacts = { site: 'site_berlin', country: 'DE', jurisdiction: 'DE', certifications: [] };

describe('a permit', () => {
  it('is refused when no policy is in force', () => {
    expect(permits([])(ask, paris)).toMatchObject({ allowed: false, text: 'No policy is in force, so nothing is permitted.' });
  });

  it('names the policy, its version and the rules that allow', () => {
    expect(permits([base, franceOnly])(ask, paris)).toEqual({ allowed: true, policy: 'policy_base', policyVersion: 2, rules: ['baseline'] });
  });

  it('is refused by the rule that forbids, in its own words', () => {
    expect(permits([base, franceOnly])(ask, berlin)).toEqual({ allowed: false, policy: 'policy_fr', policyVersion: 1, rules: ['fr-only'], text: 'Rule fr-only: Stays in France.' });
  });

  it('is refused where no rule permits', () => {
    expect(permits([franceOnly])(ask, paris)).toEqual({ allowed: false, rules: [], text: 'No rule permits it.' });
  });

  it('may ask for the tenant and for the classes of its data', () => {
    const text = '@id("classes") permit (principal, action, resource) when { principal.data_classes.contains(context.data_class) && context.gpus <= 8 };';
    const permit = permits([{ ...base, text }], [{ tenant: inFrance, country: 'FR', data_classes: ['internal'] }]);
    expect(permit(ask, paris).allowed).toBe(true);
    expect(permit({ ...ask, dataClass: 'health' }, paris).allowed).toBe(false);
    expect(permit({ ...ask, nodes: 2 }, paris).allowed).toBe(false);
  });

  it('may ask for the state of the tenant’s keys', () => {
    const text = '@id("keys") @reason("Its keys are refused.") forbid (principal, action, resource) unless { principal.keys == "available" };';
    const permitted = (barred: readonly string[]) => permits([base, { ...franceOnly, text }], [], barred)(ask, paris);
    expect(permitted([])).toMatchObject({ allowed: true, rules: ['baseline'] });
    expect(permitted(['tenant_other'])).toMatchObject({ allowed: true });
    expect(permitted([inFrance])).toEqual({ allowed: false, policy: 'policy_fr', policyVersion: 1, rules: ['keys'], text: 'Rule keys: Its keys are refused.' });
  });

  it.each([
    ['does not parse', 'permit (', /Nothing is permitted until it is replaced/],
    ['names one node', '@id("x") forbid (principal, action, resource == Node::"node_1");', /cordon the node instead/],
    ['cannot be evaluated', '@id("x") forbid (principal, action, resource) when { resource.altitude > 3 };', /Rule x cannot be evaluated/],
  ])('is refused when a text %s', (_, text, why) => {
    const permit = permits([base, { ...franceOnly, text }])(ask, paris);
    expect(permit).toMatchObject({ allowed: false, policy: 'policy_fr', text: expect.stringMatching(why) });
  });

  it('costs nothing the second time', () => {
    const permit = permits([base, franceOnly]);
    expect(permit(ask, paris)).toBe(permit({ ...ask }, { ...paris }));
  });
});

describe('residency', () => {
  const countries = ['FR', 'DE', 'ES', 'IT'];
  const sites = countries.map((country) => ({ site: derivedId('site', country), country, jurisdiction: country, certifications: [] }));

  it('holds for 10,000 random requests, and every refusal names the rule', () => {
    const permit = permits([base, franceOnly]);
    const request = fc.record({
      tenant: fc.constantFrom(inFrance, ...others),
      dataClass: fc.constantFrom('public', 'internal', 'health'),
      project: fc.constantFrom(undefined, 'project_a', 'project_b'),
      nodes: fc.integer({ min: 1, max: 16 }),
      gpusPerNode: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(request, fc.constantFrom(...sites), (asked, site) => {
        const answer = permit({ ...asked, gpuMilli: 1000 }, site);
        const forbidden = asked.tenant === inFrance && site.country !== 'FR';
        expect(answer.allowed).toBe(!forbidden);
        expect(answer.rules).toEqual([forbidden ? 'fr-only' : 'baseline']);
      }),
      { numRuns: 10_000 },
    );
  });

  it('holds for what the engine places, also when France is full and the rest is empty', () => {
    const engine = Engine.empty(permits([base, franceOnly]));
    engine.setQueue('q', { priority: 0, defaultTimeLimitS: 3600 });
    const countryOf = new Map<string, string>();
    for (const site of sites)
      for (let n = 0; n < 2; n++) {
        countryOf.set(`${site.country}${n}`, site.country);
        engine.admitNode({ ...site, node: `${site.country}${n}`, name: `${n}`, scalableUnit: 1, gpus: Array.from({ length: 8 }, (_, index) => ({ id: `${site.country}${n}g${index}`, index, rail: index, model: 'H100' })) });
      }
    const tenantOf = new Map<string, string>();
    for (const tenant of [inFrance, ...others]) engine.setQuota(tenant, { guaranteed: 1000, borrowable: 0, weight: 1 });
    for (let i = 0; i < 60; i++) {
      const tenant = [inFrance, ...others][i % 3]!;
      tenantOf.set(`job${i}`, tenant);
      engine.submit({ job: `job${i}`, tenant, queue: 'q', nodes: 1, gpusPerNode: 2, gpuMilli: 1000, priority: 0, dataClass: 'internal', arrivedMs: i });
    }
    const placed = engine.plan(1000).placements;
    expect(placed.length).toBeGreaterThan(20);
    for (const { job, placements } of placed)
      if (tenantOf.get(job) === inFrance) for (const { node } of placements) expect(countryOf.get(node)).toBe('FR');
    const waiting = engine.pending().find((job) => tenantOf.get(job) === inFrance)!;
    expect(engine.why(waiting, 1000)?.reasons.map(({ code }) => code)).toEqual(['not-enough-gpus']);
  });

  it('is given as the reason, with the rule, to a job that asks for a site abroad', () => {
    const engine = Engine.empty(permits([base, franceOnly]));
    engine.setQueue('q', { priority: 0, defaultTimeLimitS: 3600 });
    engine.setQuota(inFrance, { guaranteed: 8, borrowable: 0, weight: 1 });
    engine.admitNode({ ...berlin, node: 'node_b', name: 'b', scalableUnit: 1, gpus: [{ id: 'g', index: 0, rail: 0, model: 'H100' }] });
    engine.submit({ job: 'job', queue: 'q', ...ask, gpusPerNode: 1, priority: 0, arrivedMs: 0, site: berlin.site });
    expect(engine.plan(0).placements).toEqual([]);
    expect(engine.why('job', 0)?.reasons).toMatchObject([{ code: 'no-permit', details: { refusals: [{ site: 'site_berlin', rules: ['fr-only'], policy: 'policy_fr' }] } }]);
  });
});
