import { commandsOf } from '@pioche/kernel';
import { z } from 'zod';
import { node } from './node.js';

export const checkSla = commandsOf(node).command({
  name: 'checkSla',
  summary: 'Tells, once per stay in a status, that the node should have left it by now.',
  may: 'operate-nodes',
  internal: true,
  input: z.object({}),
  decide(state, _input, { now }) {
    if (state.status === 'unknown' || state.breached || state.due === undefined || now <= state.due) return [];
    return [{ type: 'NodeSlaBreached', data: { status: state.status, due: state.due } }];
  },
});
