import { Controller } from '@nestjs/common';
import { AlertClass, GpuId, NodeId, type HealthSource } from '@pioche/contracts';
import { Instant, refuse } from '@pioche/kernel';
import { Action, ProblemError, type ActionAsked, type Caller, type Tools } from '@pioche/service-kit';
import { z } from 'zod';
import { ingest } from '../health/health.commands.js';
import { healthId, type HealthEvent } from '../health/health.js';
import { node as nodeDecider } from '../node/node.js';

/** What an agent sends, and what it is to a parser. */
const FORMATS = {
  kernel_log: 'kernel_log',
  nvidia_smi_q: 'nvidia_smi',
  query_gpu_csv: 'nvidia_smi_csv',
  dcgm: 'prometheus',
  redfish: 'redfish',
} as const satisfies Readonly<Record<string, HealthSource>>;

const Observation = z.object({
  node: NodeId,
  observed_at: Instant,
  kind: z.enum(Object.keys(FORMATS) as (keyof typeof FORMATS)[]),
  content: z.string().min(1).max(2_000_000).meta({ description: 'As the source wrote it.' }),
});

const Told = z.object({ alert: z.string(), gpu: GpuId.optional(), named: z.string().optional(), class: AlertClass, code: z.string() });
const Answer = z
  .object({
    node: NodeId,
    position: z.int().meta({ description: 'Place of the last event in the log; 0 when nothing has changed.' }),
    opened: z.array(Told),
    closed: z.array(Told),
  })
  .meta({ id: 'ObservationAnswer' });

@Controller()
export class ObservationController {
  @Action({ path: '/agent/observations', summary: 'What an agent has seen on a node, as the source wrote it. Opens and closes alerts.', may: 'run-agent', body: Observation, returns: Answer })
  async observe({ body: { node, observed_at, kind, content }, caller, now, load, tell }: ActionAsked<undefined, typeof Observation>) {
    if (observed_at > now) refuse('observed-in-the-future', { observed_at, now });
    await demandVoice(caller, node, load);
    const { position, events } = await tell(ingest, healthId(node), { format: FORMATS[kind], text: content, observed_at });
    const told = (type: HealthEvent['type']) => (events as readonly HealthEvent[]).filter((event) => event.type === type).map(({ data }) => Told.parse(data));
    return { node, position, opened: told('HealthAlertOpened'), closed: told('HealthAlertClosed') };
  }
}

/**
 * `node:<id>` speaks for that node, `gateway:<site>` for every node of the site.
 * @throws ProblemError `permission-denied` for others; Refusal `unknown` to a gateway when there is no such node
 */
async function demandVoice({ subject }: Caller, node: string, load: Tools['load']): Promise<void> {
  if (subject === `node:${node}`) return;
  if (subject.startsWith('gateway:')) {
    const { state } = await load(nodeDecider, node);
    if (state.status === 'unknown') return refuse('unknown', { node });
    if (subject === `gateway:${state.identity.site}`) return;
  }
  throw new ProblemError('permission-denied', { details: { subject, node, speaks_for: 'node:<its id> or gateway:<its site>' } });
}
