import { sitePlanEvents, type SitePlanEvent } from '@pioche/contracts';
import { derivedId, fold, Refusal } from '@pioche/kernel';
import { given, NOW } from '@pioche/testing';
import fc from 'fast-check';
import { heldOf } from './occupancy.js';
import { sitePlan } from './site-plan.js';
import { admitNode, barTenant, cordonNode, decidePlacements, replicatePolicy, replicateTenant, unbarTenant, withdrawNode, withdrawPolicy } from './site-plan.commands.js';

const gpus = [0, 1, 2, 3].map((n) => derivedId('gpu', String(n)));
const { gpus: [gpu], ...example } = sitePlanEvents.events.NodeAdmitted.example;
const nodeData = { ...example, certifications: ['SecNumCloud'], gpus: gpus.map((id, index) => ({ ...gpu!, id, index })) };
const admitted = { type: 'NodeAdmitted', data: nodeData } as SitePlanEvent;
const { node, site } = sitePlanEvents.events.NodeAdmitted.example;
const reason = 'XID 79';
const tenant = derivedId('tenant', 't');
const by = [derivedId('switch', 'x'), derivedId('switch', 'y')] as const;
const policy = derivedId('policy', 'p');

const placement = (name: string, held: readonly `gpu_${string}`[], gpu_milli = 1000) => ({
  job: derivedId('job', name), tenant, allocation: derivedId('allocation', name), gpu_milli, placements: [{ node, gpus: [...held] }],
});
const decided = (...placements: ReturnType<typeof placement>[]) => ({ type: 'PlacementsDecided', data: { placements } }) as const;
const a = placement('a', gpus.slice(0, 2));

describe('the nodes of a plan', () => {
  it('are admitted, and again when something has changed', () => {
    given(sitePlan).when(admitNode, nodeData).then(admitted);
    given(sitePlan, [admitted]).when(admitNode, nodeData).then();
    given(sitePlan, [admitted, { type: 'NodeCordoned', data: { node, reason } }]).when(admitNode, nodeData).then(admitted);
  });
  it('are of one site', () => given(sitePlan, [admitted]).when(admitNode, { ...nodeData, site: derivedId('site', 'other') }).refuses('node-of-another-site', { plan: site }));
  it('do not lose a GPU that is held', () => given(sitePlan, [admitted, decided(a)]).when(admitNode, { ...nodeData, gpus: nodeData.gpus.slice(1) }).refuses('node-busy', { gpus: [gpus[0]] }));
  it('are cordoned and withdrawn once', () => {
    given(sitePlan, [admitted]).when(cordonNode, { node, reason }).then({ type: 'NodeCordoned', data: { node, reason } });
    given(sitePlan, [admitted, { type: 'NodeCordoned', data: { node, reason } }]).when(cordonNode, { node, reason }).then();
    given(sitePlan, [admitted, { type: 'NodeCordoned', data: { node, reason } }]).when(withdrawNode, { node, reason }).then({ type: 'NodeWithdrawn', data: { node, reason } });
    given(sitePlan, [admitted, { type: 'NodeWithdrawn', data: { node, reason } }]).when(cordonNode, { node, reason }).then();
  });
  it('must be known', () => given(sitePlan).when(cordonNode, { node, reason }).refuses('node-unknown', { node }));
});

describe('the rules of a plan', () => {
  const version = (policy_version: number) => ({ policy, policy_version, text: 'permit (principal, action, resource);' });
  it('take the newest text of a policy', () => {
    given(sitePlan).when(replicatePolicy, version(2)).then({ type: 'PolicyReplicated', data: version(2) });
    given(sitePlan, [{ type: 'PolicyReplicated', data: version(2) }]).when(replicatePolicy, version(2)).then();
    given(sitePlan, [{ type: 'PolicyReplicated', data: version(2) }]).when(replicatePolicy, version(1)).refuses('policy-outdated', { policy_version: 2 });
    given(sitePlan, [{ type: 'PolicyReplicated', data: version(2) }]).when(withdrawPolicy, { policy }).then({ type: 'PolicyWithdrawn', data: { policy } });
  });
  it('know tenants', () => {
    const data = { tenant, country: 'FR', data_classes: ['internal'] };
    given(sitePlan).when(replicateTenant, data).then({ type: 'TenantReplicated', data });
    given(sitePlan, [{ type: 'TenantReplicated', data }]).when(replicateTenant, data).then();
  });
  it('bar a tenant until every switch is on again', () => {
    const barred = by.map((each): SitePlanEvent => ({ type: 'TenantBarred', data: { tenant, switch: each } }));
    given(sitePlan, barred).when(barTenant, { tenant, switch: by[0] }).then();
    const half: SitePlanEvent[] = [admitted, ...barred, { type: 'TenantUnbarred', data: { tenant, switch: by[0] } }];
    given(sitePlan, half).when(decidePlacements, { placements: [a] }).refuses('tenant-barred', { switches: [by[1]] });
    given(sitePlan, half).when(unbarTenant, { tenant, switch: by[1] }).then({ type: 'TenantUnbarred', data: { tenant, switch: by[1] } });
    given(sitePlan, [...half, { type: 'TenantUnbarred', data: { tenant, switch: by[1] } }]).when(decidePlacements, { placements: [a] }).then(decided(a));
  });
});

describe('placements', () => {
  it('hold free GPUs', () => given(sitePlan, [admitted]).when(decidePlacements, { placements: [a] }).then(decided(a)));
  it('are refused on a GPU that is held, by another or in the same batch', () => {
    given(sitePlan, [admitted, decided(a)]).when(decidePlacements, { placements: [placement('b', [gpus[1]!])] }).refuses('gpu-taken', { gpu: gpus[1], held_milli: 1000 });
    given(sitePlan, [admitted]).when(decidePlacements, { placements: [a, placement('b', [gpus[1]!])] }).refuses('gpu-taken');
  });
  it('share a GPU up to the whole of it', () => {
    const thirds = ['x', 'y'].map((name) => placement(name, [gpus[0]!], 400));
    given(sitePlan, [admitted, decided(...thirds)]).when(decidePlacements, { placements: [placement('z', [gpus[0]!], 200)] }).then(decided(placement('z', [gpus[0]!], 200)));
    given(sitePlan, [admitted, decided(...thirds)]).when(decidePlacements, { placements: [placement('z', [gpus[0]!], 201)] }).refuses('gpu-taken', { held_milli: 800, asked_milli: 201 });
  });
  it('take over what is released in the same batch', () =>
    given(sitePlan, [admitted, decided(a)]).when(decidePlacements, { released: [a.allocation, a.allocation], placements: [placement('b', gpus)] }).then(
      { type: 'AllocationsReleased', data: { allocations: [a.allocation] } },
      decided(placement('b', gpus)),
    ));
  it('release once', () => given(sitePlan, [admitted]).when(decidePlacements, { released: [a.allocation] }).then());
  it('need an open node, its own GPUs and an allocation of their own', () => {
    given(sitePlan, [admitted, { type: 'NodeCordoned', data: { node, reason } }]).when(decidePlacements, { placements: [a] }).refuses('node-not-open', { status: 'cordoned' });
    given(sitePlan, []).when(decidePlacements, { placements: [a] }).refuses('node-unknown');
    given(sitePlan, [admitted]).when(decidePlacements, { placements: [placement('a', [derivedId('gpu', 'stranger')])] }).refuses('gpu-unknown');
    given(sitePlan, [admitted, decided(a)]).when(decidePlacements, { placements: [a] }).refuses('allocation-exists');
  });

  it('never hold a GPU for more than the whole of it, whatever is asked', () => {
    const ask = fc.record({ held: fc.subarray(gpus, { minLength: 1 }), milli: fc.integer({ min: 1, max: 1000 }), release: fc.integer({ min: -1, max: 10 }) });
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 25 }), (asks) => {
        let state = fold(sitePlan, [admitted]);
        for (const [i, { held, milli, release }] of asks.entries()) {
          const input = { released: release < 0 ? [] : [derivedId('allocation', String(release))], placements: [placement(String(i), held, milli)] };
          try {
            state = fold(sitePlan, decidePlacements.decide(state, input, { now: NOW, id: 'site_plan_x', actor: 'dispatcher', newId: () => '' as never }), state);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
          expect(Math.max(...heldOf(state.nodes.get(node)!).values())).toBeLessThanOrEqual(1000);
        }
      }),
    );
  });
});
