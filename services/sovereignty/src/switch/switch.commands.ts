import { Custodian, Quorum, type SwitchEvent } from '@pioche/contracts';
import { commandsOf, epochMs, follow, idOf, Instant, refuse, type Context } from '@pioche/kernel';
import { z } from 'zod';
import { reached, sameCustody } from '../custody/custody.js';
import { petition, refuseWhileOpen, Signed, signedBy, Validity } from '../custody/petition.js';
import { SWITCH_LIFE, tenantSwitch, type Switch } from './switch.js';

const { command } = commandsOf(tenantSwitch);

const openPetition = (state: Switch) => ('petition' in state ? state.petition : undefined);

/** The end, without effect, of the request that is open, if one is. */
function lapse(state: Switch, reason: 'expired' | 'custodians_changed'): SwitchEvent[] {
  if (!('petition' in state)) return [];
  return [{ type: 'SwitchRequestLapsed', data: { request: state.petition.request, tenant: state.tenant, reason } }];
}

function ask(state: Switch, action: 'switch-off' | 'switch-on', validFor: number, context: Context): SwitchEvent[] {
  if (state.status === 'unknown') refuse('unknown');
  refuseWhileOpen(openPetition(state), context.now);
  const { tenant, quorum } = state;
  const type = action === 'switch-off' ? 'SwitchOffRequested' : 'SwitchOnRequested';
  return [...lapse(state, 'expired'), { type, data: { tenant, quorum, ...petition(action, tenant, validFor, context) } }];
}

export const arm = command({
  name: 'arm',
  summary: "Give the switch the tenant's present custodians; an open request lapses, for others would sign it now.",
  may: 'operate-platform',
  internal: true,
  upserts: true,
  input: z.object({ tenant: idOf('tenant'), custodians: z.array(Custodian).min(1), quorum: Quorum }),
  decide(state, armed) {
    follow(SWITCH_LIFE, state.status, 'arm');
    if (state.status !== 'unknown' && sameCustody(state, armed)) return [];
    return [...lapse(state, 'custodians_changed'), { type: 'SwitchArmed', data: armed }];
  },
});

export const requestOff = command({
  name: 'requestOff',
  summary: 'Ask that the tenant be switched off; the answer has the statement that a quorum of custodians must sign.',
  may: 'request-switch',
  input: z.object({ valid_for_s: Validity }),
  decide(state, { valid_for_s }, context) {
    follow(SWITCH_LIFE, state.status, 'requestOff');
    return ask(state, 'switch-off', valid_for_s, context);
  },
});

export const requestOn = command({
  name: 'requestOn',
  summary: 'Ask that the tenant be switched on again; the answer has the statement that a quorum of custodians must sign.',
  may: 'request-switch',
  input: z.object({ valid_for_s: Validity }),
  decide(state, { valid_for_s }, context) {
    follow(SWITCH_LIFE, state.status, 'requestOn');
    return ask(state, 'switch-on', valid_for_s, context);
  },
});

export const approve = command({
  name: 'approve',
  summary: "Hand in a custodian's signature of the open request; with the quorum's last one the switch moves.",
  may: 'approve-switch',
  input: Signed,
  decide(state, signed, { now }) {
    follow(SWITCH_LIFE, state.status, 'approve');
    if (!('petition' in state)) return refuse('request-not-open', { request: signed.request });
    const signers = signedBy(state.petition, state, signed, now);
    const moved = { request: signed.request, tenant: state.tenant, at: now };
    const type = state.status === 'off_requested' ? 'TenantSwitchedOff' : 'TenantSwitchedOn';
    return [{ type: 'SwitchApproved', data: signed }, ...(reached(state, signers) ? [{ type, data: moved } as const] : [])];
  },
});

export const completeOff = command({
  name: 'completeOff',
  summary: 'Record that every node has acknowledged, and the time it took.',
  may: 'operate-platform',
  internal: true,
  input: z.object({
    request: idOf('request'),
    nodes: z.int().nonnegative(),
    last_acknowledged_at: Instant.meta({ description: 'Moment of the last acknowledgement.' }),
  }),
  decide(state, { request, nodes, last_acknowledged_at }) {
    // On again before the last node had acknowledged, or told twice: there is nothing left to measure.
    if (!('off' in state) || state.off.request !== request || state.off.completed) return [];
    // The two moments come from two clocks; a small difference between them must not become a negative time.
    const elapsed_ms = Math.max(0, epochMs(last_acknowledged_at) - epochMs(state.off.at));
    return [{ type: 'SwitchOffCompleted', data: { request, tenant: state.tenant, nodes, elapsed_ms } }];
  },
});

export const switchCommands = [arm, requestOff, requestOn, approve, completeOff];
