import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AggregateStore } from '@pioche/event-store';
import type { Clock } from '@pioche/kernel';
import { CLOCK, tellOf } from '@pioche/service-kit';
import { BASE_POLICY } from '../policy/base-policy.js';
import { establish } from '../policy/policy.commands.js';

/** When the platform begins, the base policy is in force; at every later start nothing happens. */
@Injectable()
export class EstablishBasePolicy implements OnApplicationBootstrap {
  constructor(
    private readonly aggregates: AggregateStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const tell = tellOf(this.aggregates, { key: ['start'], actor: 'platform', now: this.clock.now() });
    await tell(establish, BASE_POLICY, {});
  }
}
