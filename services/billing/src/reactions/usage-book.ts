import { Injectable } from '@nestjs/common';
import { AggregateStore, ConflictError, EventStore } from '@pioche/event-store';
import { derivedId, fold, type Command, type Instant } from '@pioche/kernel';
import type { z } from 'zod';
import { usageWrites } from '../appends/settle-usage.js';
import type { Loaded } from '../appends/write.js';
import { usage, type Usage, type UsageEvent } from '../usage/usage.js';
import { openUsage } from '../usage/usage.commands.js';

/** What a change of a usage follows from. */
export interface Cause {
  /** Makes the command's id, with the usage's. */
  readonly key: readonly string[];
  readonly now: Instant;
  readonly actor: string;
  readonly correlationId?: string;
  readonly causationId?: string;
}

const ATTEMPTS = 12;

/** Changes usages: each decision and its ledger transactions in one append. Those that are open are kept in memory. */
@Injectable()
export class UsageBook {
  private readonly open = new Map<string, Loaded<Usage>>();

  constructor(
    private readonly store: EventStore,
    private readonly aggregates: AggregateStore,
  ) {}

  /** A repeat of the same cause does nothing. @returns the usage after it @throws Refusal `no-price-in-force` */
  async change<I extends z.ZodType>(command: Command<Usage, UsageEvent, I>, id: string, input: z.infer<I>, cause: Cause): Promise<Usage> {
    const commandId = derivedId('cmd', ...cause.key, id);
    // An opening is nearly always the first that is heard of an allocation; where it is not, the append says so.
    let loaded = this.open.get(id) ?? (command.name === openUsage.name ? { id, state: usage.initial, version: 0 } : await this.load(id));
    for (let attempt = 1; ; attempt += 1) {
      const events = this.store.readAgain(command.decide(loaded.state, input, { now: cause.now, id, actor: cause.actor, newId: (prefix) => derivedId(prefix, commandId) }));
      if (events.length === 0) return loaded.state;
      const state = fold(usage, events, loaded.state);
      try {
        const { repeated } = await this.store.append({ commandId, writes: usageWrites(loaded, events), meta: metaOf(cause, commandId, state) });
        return this.remember(repeated ? await this.load(id) : { id, state, version: loaded.version + events.length });
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
        loaded = await this.load(id);
      }
    }
  }

  private async load(id: string): Promise<Loaded<Usage>> {
    return { id, ...(await this.aggregates.load(usage, id)) };
  }

  private remember(loaded: Loaded<Usage>): Usage {
    if (loaded.state.status === 'open') this.open.set(loaded.id, loaded);
    else this.open.delete(loaded.id);
    return loaded.state;
  }
}

const metaOf = ({ now, actor, correlationId, causationId }: Cause, commandId: string, state: Usage) => ({
  time: now,
  actor,
  correlationId: correlationId ?? commandId,
  causationId: causationId ?? commandId,
  tenant: usage.tenantOf?.(state),
});
