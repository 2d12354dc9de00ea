import { RackId, RackUnit } from '@pioche/contracts';
import { commandsOf, fold, type Command, type Context } from '@pioche/kernel';
import { z } from 'zod';
import { order, putInService, rack, receive, startBurnIn, startCommissioning } from './acquire.js';
import { FoundGpu } from './bill-of-materials.js';
import { BURN_IN_HOURS } from './life.js';
import { node, type Node, type NodeEvent } from './node.js';

/** Takes one step after another, each by its own rule, on the state that the ones before have left. */
class Steps {
  readonly events: NodeEvent[] = [];
  constructor(
    private state: Node,
    private readonly context: Context,
  ) {}

  take<I extends z.ZodType>(command: Command<Node, NodeEvent, I>, input: z.infer<I>): this {
    const events = command.decide(this.state, input, this.context);
    this.state = fold(node, events, this.state);
    this.events.push(...events);
    return this;
  }
}

export const commissionFromManifest = commandsOf(node).command({
  name: 'commissionFromManifest',
  summary: 'A node of a SuperPOD from order to burn-in in one append, each step in the log; into service too when the burn-in is waived.',
  may: 'operate-nodes',
  creates: true,
  internal: true,
  input: z.object({
    ...order.input.omit({ promised_at: true }).shape,
    serial: z.string().min(1),
    rack: RackId,
    unit: RackUnit,
    gpus: z.array(FoundGpu),
    /** 0 is the operator's explicit waiver, given with the SuperPOD's plan. */
    burn_in_hours: z.int().min(0).default(BURN_IN_HOURS),
  }),
  decide(state, { serial, rack: rackId, unit, gpus, burn_in_hours: hours, ...ordered }, context) {
    const steps = new Steps(state, context)
      .take(order, ordered)
      .take(receive, { serial })
      .take(rack, { rack: rackId, unit })
      .take(startCommissioning, { gpus })
      .take(startBurnIn, { hours });
    if (hours === 0) steps.take(putInService, {});
    return steps.events;
  },
});
