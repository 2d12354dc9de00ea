import { Injectable } from '@nestjs/common';
import type { Instant } from '@pioche/kernel';
import type { Timer, ReactionTools } from '@pioche/service-kit';
import { Checkpoints } from '../audit/checkpoints.js';

/** Every five minutes the log commits itself to what has come in. */
@Injectable()
export class SignCheckpoint implements Timer {
  readonly name = 'sign-checkpoint';
  readonly every = 300;

  constructor(private readonly checkpoints: Checkpoints) {}

  async run(_: Instant, { tell }: ReactionTools): Promise<void> {
    await this.checkpoints.sign(tell);
  }
}
