import { given, NOW } from '@pioche/testing';
import { fold, Refusal, type Context } from '@pioche/kernel';
import fc from 'fast-check';
import { order, putInService, rack, receive, startBurnIn, startCommissioning } from './acquire.js';
import { checkSla } from './check-sla.js';
import { commissionFromManifest } from './commission-from-manifest.js';
import { NODE_LIFE, plusHours, wayIntoService } from './life.js';
import { nodeCommands } from './node.commands.js';
import { node, type NodeEvent } from './node.js';
import { decommission, openRma, receiveReplacement, retire, shipRma, startRepair } from './repair.js';
import { answerAlert, drain, quarantine, resume } from './service.js';

const identity = {
  site: 'site_01h2xcejqtf2nbrexx3vqjhp41', name: 'p1-su1-n01', model: 'DGX H100', scalable_unit: 1, rank: 0,
  country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'],
} as const;
const request = { ...identity, certifications: [...identity.certifications] };
const place = { rack: 'rack_01h2xcejqtf2nbrexx3vqjhp44', unit: 9 } as const;
const found = Array.from({ length: 8 }, (_, index) => ({
  index, model: 'NVIDIA H100 80GB HBM3', serial: `S${index}`, memory_gib: 80, rail: index, leaf: 'part_01h2xcejqtf2nbrexx3vqjhp47' as const,
}));
const yesterday = plusHours(NOW, -24);
const tomorrow = plusHours(NOW, 24);

const commissioned = given(node).when(commissionFromManifest, { ...request, serial: 'N1', ...place, gpus: found }).events();
const inService = given(node).when(commissionFromManifest, { ...request, serial: 'N1', ...place, gpus: found, burn_in_hours: 0 }).events();
const quarantined: NodeEvent[] = [...inService, { type: 'NodeQuarantined', data: { reason: 'XID 79', due: tomorrow } }];

describe('a new node', () => {
  it('is ordered, with the day it is due', () => {
    given(node).when(order, request).then({ type: 'NodeOrdered', data: { ...request, due: plusHours(NOW, 120 * 24) } });
    given(node).when(order, { ...request, promised_at: tomorrow }).then({ type: 'NodeOrdered', data: { ...request, due: tomorrow } });
    given(node).when(order, { ...request, promised_at: yesterday }).refuses('promised-in-the-past');
  });

  it('goes from the order to the burn-in step by step', () => {
    const [ordered, received, racked, commissioning, burnIn] = commissioned;
    const upTo = (count: number) => given(node, commissioned.slice(0, count));
    upTo(1).when(receive, { serial: 'N1' }).then(received as NodeEvent);
    upTo(2).when(rack, place).then(racked as NodeEvent);
    upTo(3).when(startCommissioning, { gpus: found }).then(commissioning as NodeEvent);
    upTo(4).when(startBurnIn, {}).then(burnIn as NodeEvent);
    expect(ordered?.type).toBe('NodeOrdered');
  });

  it('is not commissioned when it differs from its bill of materials, and says how', () =>
    given(node, commissioned.slice(0, 3))
      .when(startCommissioning, { gpus: found.slice(1).map((gpu) => ({ ...gpu, memory_gib: gpu.index === 3 ? 40 : 80 })) })
      .refuses('bill-of-materials-differs', { differences: ['7 GPUs where 8 belong', 'GPU 3 has 40 GiB, not 80'] }));

  it('burns in for 72 hours, and not an hour less', () => {
    const ends_at = plusHours(NOW, 72);
    given(node, commissioned).when(putInService, {}, { now: plusHours(NOW, 71) }).refuses('burn-in-not-over', { ends_at });
    given(node, commissioned).when(putInService, {}, { now: ends_at }).thenMatching({ type: 'NodePutInService' });
  });

  it('enters service with all that a scheduler needs', () =>
    given(node, commissioned).when(putInService, {}, { now: plusHours(NOW, 72) }).thenMatching({
      type: 'NodePutInService',
      data: { ...request, ...place, gpus: found.map(({ index, model, memory_gib, rail }) => ({ index, model, memory_gib, rail })) },
    }));
});

describe('a node of a SuperPOD', () => {
  it('stops in its burn-in', () => expect(given(node, commissioned).state()).toMatchObject({ status: 'burn_in' }));

  it('is in service at once when the burn-in is waived, each step in the log', () =>
    expect(inService.map((event) => event.type)).toEqual([
      'NodeOrdered', 'NodeReceived', 'NodeRacked', 'NodeCommissioningStarted', 'NodeBurnInStarted', 'NodePutInService',
    ]));
});

describe('draining a node', () => {
  const wish = { reason: 'firmware', deadline: tomorrow };

  it('stops placements on a node in service', () => given(node, inService).when(drain, wish).then({ type: 'NodeDrainStarted', data: wish }));

  it('is refused before the node is in service, and says what is allowed', () =>
    given(node, commissioned).when(drain, wish).refuses('transition-not-allowed', { allowed: ['putInService', 'quarantine'] }));

  it('is refused with a deadline that has passed', () =>
    given(node, inService).when(drain, { ...wish, deadline: yesterday }).refuses('deadline-in-the-past'));

  it('ends with the node in service, told as the first time', () =>
    given(node, [...inService, { type: 'NodeDrainStarted', data: wish }]).when(resume, {}).then(inService.at(-1) as NodeEvent));
});

describe('an alert', () => {
  const answer = (history: readonly NodeEvent[], alertClass: 'prevents_allocation' | 'needs_drain' | 'watch') =>
    given(node, history).when(answerAlert, { class: alertClass, reason: 'XID 48' });

  it('that prevents allocation quarantines the node', () => answer(inService, 'prevents_allocation').thenMatching({ type: 'NodeQuarantined' }));
  it('that needs a drain gives jobs a day', () =>
    answer(inService, 'needs_drain').then({ type: 'NodeDrainStarted', data: { reason: 'XID 48', deadline: plusHours(NOW, 24) } }));
  it('of either kind ends a burn-in', () => answer(commissioned, 'needs_drain').thenMatching({ type: 'NodeQuarantined' }));
  it('to watch does nothing', () => answer(inService, 'watch').then());
  it('does nothing to a node that serves no one', () => answer(quarantined, 'prevents_allocation').then());
});

describe('mending a node', () => {
  it('leads back through a burn-in', () => {
    const repairing: NodeEvent[] = [...quarantined, { type: 'NodeRepairStarted', data: {} }];
    given(node, quarantined).when(startRepair, {}).thenMatching({ type: 'NodeRepairStarted' });
    given(node, repairing).when(startBurnIn, {}).thenMatching({ type: 'NodeBurnInStarted', data: { hours: 72 } });
    given(node, repairing).when(quarantine, { reason: 'x' }).refuses('transition-not-allowed', { allowed: ['startBurnIn', 'openRma', 'decommission'] });
  });

  it('may have changed GPUs, which must be as the model wants them', () => {
    const repairing: NodeEvent[] = [...quarantined, { type: 'NodeRepairStarted', data: {} }];
    const gpus = found.map((gpu) => (gpu.index === 3 ? { ...gpu, serial: 'NEW' } : gpu));
    const burning = [...repairing, ...given(node, repairing).when(startBurnIn, { hours: 0, gpus }).events()];
    const [before] = inService.slice(-1);
    const [after] = given(node, burning).when(putInService, {}).events();
    expect(after).not.toEqual(before);
    given(node, repairing).when(startBurnIn, { gpus: gpus.slice(1) }).refuses('bill-of-materials-differs');
  });

  it('or changes it for another, which starts from its rack', () => {
    let history: NodeEvent[] = [...quarantined, { type: 'NodeRepairStarted', data: {} }];
    history = [...history, ...given(node, history).when(openRma, { rma: 'RMA-1', reason: 'baseboard' }).events()];
    history = [...history, ...given(node, history).when(shipRma, { tracking: '1Z' }).events()];
    history = [...history, ...given(node, history).when(receiveReplacement, { serial: 'N2' }).events()];
    history = [...history, ...given(node, history).when(rack, place).events()];
    expect(given(node, history).state()).toMatchObject({ status: 'racked', gpus: [] });
  });

  it('or lets it go, with a proof of erasure', () => {
    const leaving = [...quarantined, ...given(node, quarantined).when(decommission, { reason: 'old' }).events()];
    given(node, leaving).when(retire, { erasure_proof: 'E-1' }).then({ type: 'NodeRetired', data: { erasure_proof: 'E-1' } });
    expect(() => given(node, leaving).when(retire, { erasure_proof: '' })).toThrow();
  });
});

describe('the agreed time in a status', () => {
  const breach: NodeEvent = { type: 'NodeSlaBreached', data: { status: 'quarantined', due: tomorrow } };

  it('is kept until it is over', () => given(node, quarantined).when(checkSla, {}, { now: tomorrow }).then());
  it('is breached after it, told once', () => {
    given(node, quarantined).when(checkSla, {}, { now: plusHours(tomorrow, 1) }).then(breach);
    given(node, [...quarantined, breach]).when(checkSla, {}, { now: plusHours(tomorrow, 2) }).then();
  });
  it('starts anew in the next status', () =>
    given(node, [...quarantined, breach, { type: 'NodeRepairStarted', data: { due: plusHours(NOW, 48) } }])
      .when(checkSla, {}, { now: plusHours(NOW, 49) })
      .thenMatching({ type: 'NodeSlaBreached', data: { status: 'under_repair' } }));
  it('has no end in service', () => given(node, inService).when(checkSla, {}, { now: '2099-01-01T00:00:00.000Z' }).then());
});

describe('the life of a node', () => {
  const inputs: Record<string, unknown> = {
    receive: { serial: 'N' }, rack: place, startCommissioning: { gpus: found }, startBurnIn: { hours: 0 }, putInService: {},
    drain: { reason: 'r', deadline: tomorrow }, resume: {}, quarantine: { reason: 'r' }, startRepair: {}, openRma: { rma: 'r', reason: 'r' },
    shipRma: { tracking: 't' }, receiveReplacement: { serial: 'N' }, decommission: { reason: 'r' }, retire: { erasure_proof: 'e' },
  };
  const commands = nodeCommands.filter((command) => command.name in inputs);
  const context: Context = { now: NOW, id: 'node_x', actor: 'someone', newId: (prefix) => `${prefix}_x` };

  it('has a command for each transition of the table', () =>
    expect(new Set(Object.values(NODE_LIFE).flatMap((transitions) => Object.keys(transitions)))).toEqual(new Set(Object.keys(inputs))));

  it('follows the table whatever is asked, in any order', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 40 }), (asked) => {
        let state = fold(node, commissioned.slice(0, 1));
        for (const command of asked) {
          const transitions: Readonly<Record<string, string>> = state.status === 'unknown' ? {} : NODE_LIFE[state.status];
          try {
            state = fold(node, command.decide(state, inputs[command.name] as never, context), state);
            expect(state.status).toBe(transitions[command.name]);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            expect(transitions[command.name]).toBeUndefined();
          }
        }
      }),
    ));

  it('has a way into service from everywhere but the end', () => {
    expect(wayIntoService('ordered')).toEqual(['received', 'racked', 'commissioning', 'burn_in', 'in_service']);
    expect(wayIntoService('quarantined')).toEqual(['under_repair', 'burn_in', 'in_service']);
    expect(wayIntoService('in_service')).toEqual([]);
    expect(wayIntoService('decommissioning')).toBeUndefined();
  });
});
