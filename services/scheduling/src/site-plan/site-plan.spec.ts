import { sitePlanEvents, type SitePlanEvent } from '@pioche/contracts';
import { derivedId, fold, plusSeconds, Refusal } from '@pioche/kernel';
import { MIG_PROFILES, migBits, migMilli, type MigProfileName } from '../engine/mig.js';
import { given, NOW } from '@pioche/testing';
import fc from 'fast-check';
import { heldOf } from './occupancy.js';
import { sitePlan } from './site-plan.js';
import { loadPlan, savePlan } from './saved-plan.js';
import {
  admitNode, barTenant, cordonNode, decidePlacements, endReservation, liftPowerCap, replicatePolicy, replicateTenant, reserveNodes, setPowerCap, unbarTenant,
  withdrawNode, withdrawPolicy,
} from './site-plan.commands.js';

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

  it('of a repaired gang stay on its cordoned nodes, where nothing else is placed', () => {
    const cordoned: SitePlanEvent[] = [admitted, decided(a), { type: 'NodeCordoned', data: { node, reason } }];
    const next = { ...a, allocation: derivedId('allocation', 'next') };
    given(sitePlan, cordoned).when(decidePlacements, { released: [a.allocation], placements: [next] }).then({ type: 'AllocationsReleased', data: { allocations: [a.allocation] } }, decided(next));
    given(sitePlan, cordoned).when(decidePlacements, { released: [a.allocation], placements: [placement('b', gpus.slice(0, 2))] }).refuses('node-not-open', { status: 'cordoned' });
    given(sitePlan, [...cordoned, { type: 'NodeWithdrawn', data: { node, reason } }]).when(decidePlacements, { released: [a.allocation], placements: [next] }).refuses('node-not-open', { status: 'withdrawn' });
  });
  it('may go with orders to make room, which hold and free nothing', () => {
    const preemptions = [{ job: a.job, allocation: a.allocation }];
    given(sitePlan, [admitted, decided(a)]).when(decidePlacements, { preemptions }).then({ type: 'PreemptionsDecided', data: { preemptions } });
    given(sitePlan, [admitted, decided(a), { type: 'PreemptionsDecided', data: { preemptions } }]).when(decidePlacements, { placements: [placement('b', gpus.slice(0, 1))] }).refuses('gpu-taken');
  });

  it('never hold a GPU for more than the whole of it, whatever is asked', () => {
    const ask = fc.record({ held: fc.subarray(gpus, { minLength: 1 }), milli: fc.integer({ min: 1, max: 1000 }), release: fc.integer({ min: -1, max: 10 }) });
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 25 }), (asks) => {
        let state = fold(sitePlan, [admitted]);
        for (const [i, { held, milli, release }] of asks.entries()) {
          const input = { released: release < 0 ? [] : [derivedId('allocation', String(release))], placements: [placement(String(i), held, milli)], preemptions: [] };
          try {
            state = fold(sitePlan, decidePlacements.decide(state, input, { now: NOW, id: 'site_plan_x', actor: 'dispatcher', newId: () => '' as never }), state);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
          for (const { milli: taken } of heldOf(state.nodes.get(node)!).values()) expect(taken).toBeLessThanOrEqual(1000);
        }
      }),
    );
  });
});

describe('MIG instances', () => {
  const instance = (name: string, mig_profile: MigProfileName, mig_start?: number, over: { held?: readonly `gpu_${string}`[]; gpu_milli?: number } = {}) => ({
    ...placement(name, [], over.gpu_milli ?? migMilli(mig_profile)), mig_profile,
    placements: [{ node, gpus: [...(over.held ?? gpus.slice(0, 1))], ...(mig_start === undefined ? {} : { mig_start }) }],
  });
  const place = (before: readonly ReturnType<typeof placement>[], next: ReturnType<typeof placement>) =>
    given(sitePlan, [admitted, ...(before.length > 0 ? [decided(...before)] : [])]).when(decidePlacements, { placements: [next] });

  it('fill a GPU side by side', () => place([instance('x', '3g.40gb', 0), instance('y', '2g.20gb', 4)], instance('z', '1g.10gb', 6)).then(decided(instance('z', '1g.10gb', 6))));
  it('do not overlap, also in one batch', () => {
    place([instance('x', '2g.20gb', 0)], instance('y', '1g.10gb', 1)).refuses('mig-overlaps', { gpu: gpus[0], taken_slices: 0b11, asked_slices: 0b10 });
    given(sitePlan, [admitted]).when(decidePlacements, { placements: [instance('x', '2g.20gb', 0), instance('y', '4g.40gb', 0)] }).refuses('mig-overlaps');
  });
  it('share no GPU with thousandths', () => {
    place([placement('x', gpus.slice(0, 1), 100)], instance('y', '1g.10gb', 0)).refuses('gpu-taken', { held_milli: 100, instances: false });
    place([instance('x', '1g.10gb', 0)], placement('y', gpus.slice(0, 1), 100)).refuses('gpu-taken', { held_milli: 125, instances: true });
  });
  it('take over what is released in the same batch', () =>
    given(sitePlan, [admitted, decided(instance('x', '7g.80gb', 0))]).when(decidePlacements, { released: [derivedId('allocation', 'x')], placements: [instance('y', '1g.10gb', 6)] }).thenMatching({ type: 'AllocationsReleased' }, { type: 'PlacementsDecided' }));
  it.each([
    ['without a start', instance('x', '2g.20gb')],
    ['where none begins', instance('x', '2g.20gb', 1)],
    ['on two GPUs', instance('x', '2g.20gb', 0, { held: gpus.slice(0, 2) })],
    ['with another share', instance('x', '2g.20gb', 0, { gpu_milli: 300 })],
  ])('are not placed %s', (_, wrong) => place([], wrong).refuses('mig-shape', { mig_profile: '2g.20gb', starts: [0, 2, 4] }));

  it('and shares never overlap, whatever is asked', () => {
    const names = Object.keys(MIG_PROFILES) as MigProfileName[];
    const ask = fc.record({ gpu: fc.constantFrom(...gpus.slice(0, 2)), profile: fc.constantFrom(undefined, ...names), start: fc.integer({ min: 0, max: 7 }), milli: fc.integer({ min: 1, max: 500 }), release: fc.integer({ min: -1, max: 10 }) });
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 30 }), (asks) => {
        let state = fold(sitePlan, [admitted]);
        for (const [i, { gpu, profile, start, milli, release }] of asks.entries()) {
          const next = profile === undefined ? placement(String(i), [gpu], milli) : instance(String(i), profile, start, { held: [gpu] });
          try {
            state = fold(sitePlan, decidePlacements.decide(state, { released: release < 0 ? [] : [derivedId('allocation', String(release))], placements: [next], preemptions: [] }, { now: NOW, id: 'site_plan_x', actor: 'dispatcher', newId: () => '' as never }), state);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
          for (const each of gpus) {
            const holds = state.nodes.get(node)!.holds.filter((one) => one.gpus.includes(each));
            const cut = holds.flatMap(({ slices }) => slices ?? []);
            expect([0, holds.length]).toContain(cut.length);
            expect(cut.reduce((sum, slices) => sum + slices, 0)).toBe(cut.reduce((all, slices) => all | slices, 0));
          }
        }
      }),
    );
  });
  it('are kept in a saved plan', () => {
    const state = fold(sitePlan, [admitted, decided(instance('x', '2g.20gb', 2))]);
    expect(heldOf(loadPlan(JSON.parse(JSON.stringify(savePlan(state))) as never).nodes.get(node)!).get(gpus[0]!)).toEqual({ milli: 250, slices: migBits('2g.20gb', 2) });
  });
});

describe('reservations', () => {
  const known: SitePlanEvent[] = [admitted, { type: 'TenantReplicated', data: { tenant, country: 'FR', data_classes: [] } }];
  const [from, to] = [plusSeconds(NOW, 3600), plusSeconds(NOW, 7200)];
  const asked = { name: 'firmware', nodes: [node], from, to };
  const reservation = derivedId('reservation', 'given', '1');
  const reserved: SitePlanEvent = { type: 'NodesReserved', data: { reservation, site, ...asked } };

  it('keep nodes for a tenant or for maintenance, each node once', () => {
    given(sitePlan, known).when(reserveNodes, { ...asked, nodes: [node, node] }).then(reserved);
    given(sitePlan, known).when(reserveNodes, { ...asked, tenant }).thenMatching({ type: 'NodesReserved', data: { tenant } });
  });
  it('begin now unless said', () => given(sitePlan, known).when(reserveNodes, { name: 'now', nodes: [node], to }).thenMatching({ type: 'NodesReserved', data: { from: NOW, to } }));
  it('are not in the past, and have time', () => {
    given(sitePlan, known).when(reserveNodes, { ...asked, from: plusSeconds(NOW, -1) }).refuses('reservation-in-the-past', { field: 'from', now: NOW });
    given(sitePlan, known).when(reserveNodes, { ...asked, to: from }).refuses('reservation-without-time', { field: 'to', from, to: from });
    given(sitePlan, known).when(reserveNodes, { name: 'now', nodes: [node], to: NOW }).refuses('reservation-without-time');
  });
  it('are of known nodes and tenants, and of a site', () => {
    given(sitePlan, known).when(reserveNodes, { ...asked, nodes: [derivedId('node', 'stranger')] }).refuses('node-unknown', { node: derivedId('node', 'stranger') });
    given(sitePlan, known).when(reserveNodes, { ...asked, tenant: derivedId('tenant', 'stranger') }).refuses('tenant-unknown');
    given(sitePlan).when(reserveNodes, asked).refuses('plan-without-site');
    expect(reserveNodes.input.safeParse({ ...asked, nodes: [] }).success).toBe(false);
  });
  it('of one node do not overlap; one may follow another', () => {
    given(sitePlan, [...known, reserved]).when(reserveNodes, { ...asked, from: plusSeconds(from, 60), to: plusSeconds(to, 60) }).refuses('reservation-overlaps', { node, reservation, from, to });
    given(sitePlan, [...known, reserved]).when(reserveNodes, { ...asked, from: to, to: plusSeconds(to, 60) }).thenMatching({ type: 'NodesReserved' });
    given(sitePlan, [...known, reserved, { type: 'ReservationEnded', data: { reservation } }]).when(reserveNodes, asked).thenMatching({ type: 'NodesReserved' });
  });
  it('are ended, once', () => {
    given(sitePlan, [...known, reserved]).when(endReservation, { reservation }).then({ type: 'ReservationEnded', data: { reservation } });
    given(sitePlan, [...known, reserved, { type: 'ReservationEnded', data: { reservation } }]).when(endReservation, { reservation }).refuses('reservation-unknown', { reservation });
  });
});

describe('a power cap', () => {
  const cap = { max_watts: 10_000, gpu_watts: [{ gpu_model: 'H100', watts: 700 }] };
  const set: SitePlanEvent = { type: 'PowerCapSet', data: { site, ...cap } };
  it('is set, changed and lifted', () => {
    given(sitePlan, [admitted]).when(setPowerCap, cap).then(set);
    given(sitePlan, [admitted, set]).when(setPowerCap, cap).then();
    given(sitePlan, [admitted, set]).when(setPowerCap, { ...cap, max_watts: 0 }).thenMatching({ type: 'PowerCapSet', data: { max_watts: 0 } });
    given(sitePlan, [admitted, set]).when(liftPowerCap, {}).then({ type: 'PowerCapLifted', data: { site } });
    given(sitePlan, [admitted]).when(liftPowerCap, {}).then();
  });
  it('says the watts of each model once, and is of a site', () => {
    given(sitePlan, [admitted]).when(setPowerCap, { ...cap, gpu_watts: [...cap.gpu_watts, ...cap.gpu_watts] }).refuses('gpu-model-twice', { gpu_model: 'H100' });
    given(sitePlan).when(setPowerCap, cap).refuses('plan-without-site');
  });
  it.each([[{ max_watts: -1 }], [{ max_watts: 0.5 }], [{ gpu_watts: [] }], [{ gpu_watts: [{ gpu_model: 'H100', watts: 0 }] }]])('is refused with %j', (wrong) => {
    expect(setPowerCap.input.safeParse({ ...cap, ...wrong }).success).toBe(false);
  });
});
