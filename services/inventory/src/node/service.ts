/** Taking a node out of service, and back. */
import { AlertClass } from '@pioche/contracts';
import { commandsOf, Instant, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { inService } from './acquire.js';
import { NODE_LIFE, plusHours, slaDue } from './life.js';
import { allowed, node, type NodeEvent } from './node.js';

const { command } = commandsOf(node);
const may = 'operate-nodes';

const quarantined = (reason: string, now: Instant): NodeEvent => ({
  type: 'NodeQuarantined',
  data: { reason, due: slaDue('quarantined', now) },
});

export const drain = command({
  name: 'drain',
  summary: 'Stop placing jobs on the node; running ones end by themselves or are moved at the deadline.',
  may,
  input: z.object({ reason: z.string().min(1), deadline: Instant }),
  decide(state, { reason, deadline }, { now }) {
    allowed(state, 'drain');
    if (deadline <= now) refuse('deadline-in-the-past', { deadline, now });
    return [{ type: 'NodeDrainStarted', data: { reason, deadline } }];
  },
});

export const resume = command({
  name: 'resume',
  summary: 'End the drain: jobs may be placed on the node again.',
  may,
  input: z.object({}),
  decide: (state) => [inService(allowed(state, 'resume'))],
});

export const quarantine = command({
  name: 'quarantine',
  summary: 'Take the node out at once; its jobs go on elsewhere, or back to the queue.',
  may,
  input: z.object({ reason: z.string().min(1) }),
  decide(state, { reason }, { now }) {
    allowed(state, 'quarantine');
    return [quarantined(reason, now)];
  },
});

/** Hours that running jobs get when health asks for a drain. */
const DRAIN_HOURS = 24;

export const answerAlert = command({
  name: 'answerAlert',
  summary: 'What an alert does to the node: a drain where jobs may end, quarantine where they cannot; nothing when it serves no one.',
  may,
  internal: true,
  input: z.object({ class: AlertClass, reason: z.string().min(1) }),
  decide(state, { class: alertClass, reason }, { now }) {
    if (alertClass === 'watch' || state.status === 'unknown' || !('quarantine' in NODE_LIFE[state.status])) return [];
    if (alertClass === 'prevents_allocation') return [quarantined(reason, now)];
    if (state.status === 'draining') return [];
    if (state.status === 'in_service') return [{ type: 'NodeDrainStarted', data: { reason, deadline: plusHours(now, DRAIN_HOURS) } }];
    return [quarantined(reason, now)];
  },
});
