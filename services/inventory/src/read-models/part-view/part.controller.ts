import { Controller } from '@nestjs/common';
import { partEvents, PartKind, PartPlace, type RecordedOf } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { Instant, refuse } from '@pioche/kernel';
import { asOfQuery, Query, type Asked } from '@pioche/service-kit';
import { z } from 'zod';
import { partId } from '../../part/part-id.js';

const Step = z.object({
  at: Instant,
  what: z.enum(['registered', 'installed', 'removed']),
  host: z.string().optional(),
  slot: z.string().optional(),
  far_end: PartPlace.optional(),
  reason: z.string().optional(),
  by: z.string().meta({ description: 'Who noted it.' }),
});
const History = z
  .object({
    part: z.string(),
    kind: PartKind,
    model: z.string(),
    serial: z.string(),
    name: z.string().optional(),
    at: PartPlace.extend({ far_end: PartPlace.optional() }).optional().meta({ description: 'Where it is; absent: in store.' }),
    version: z.int().meta({ description: 'For If-Match.' }),
    history: z.array(Step),
  })
  .meta({ id: 'PartHistory' });

const BySerial = z.object({ serial: z.string().min(1).max(100) });
const AsOf = z.object(asOfQuery);

type Happened = RecordedOf<typeof partEvents>;

@Controller()
export class PartController {
  constructor(private readonly store: EventStore) {}

  @Query({ path: '/parts/{serial}/history', summary: 'Where parts with this serial have ever been, from their logs: one per kind that has it.', may: 'read-inventory', params: BySerial, query: AsOf, returns: z.object({ items: z.array(History) }), from: [] })
  async history({ params: { serial }, query: { as_of } }: Asked<typeof BySerial, typeof AsOf>) {
    const streams = await Promise.all(PartKind.options.map((kind) => this.store.read(partId(kind, serial), { asOf: as_of })));
    const items = streams.flatMap((events) => historyOf(events as Happened[]));
    return items.length === 0 ? refuse('unknown', { serial }) : { items };
  }
}

function historyOf(events: readonly Happened[]): z.infer<typeof History>[] {
  const [registered] = events;
  if (registered?.type !== 'PartRegistered') return [];
  const last = events.findLast(({ type }) => type !== 'PartRegistered');
  return [{ part: registered.subject, ...registered.data, ...(last?.type === 'PartInstalled' ? { at: last.data } : {}), version: events.length, history: events.map(stepOf) }];
}

const WHAT = { PartRegistered: 'registered', PartInstalled: 'installed', PartRemoved: 'removed' } as const;
const stepOf = (event: Happened): z.infer<typeof Step> => ({
  at: event.time,
  what: WHAT[event.type],
  ...(event.type === 'PartRegistered' ? {} : event.data),
  by: event.actor,
});
