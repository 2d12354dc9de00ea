import { Controller } from '@nestjs/common';
import { epochMs, refuse } from '@pioche/kernel';
import { Action, type ActionAsked } from '@pioche/service-kit';
import { Dispatcher } from '../../dispatch/dispatcher.js';
import { answerFor, ShownAnswer } from './answer.js';
import { questionOf, Supposition } from './question.js';
import { seenBy } from './seen-by.js';

/** Dry runs: the state is forked, the fork is changed and planned. Nothing is written. */
@Controller()
export class WhatIfController {
  constructor(private readonly dispatcher: Dispatcher) {}

  @Action({
    path: '/what-if',
    summary: 'What would be, if: a job were submitted, nodes were drained, a quota or a power cap were another, a job that waits had another priority. Nothing is changed. A tenant asks about its own jobs.',
    may: 'read-jobs',
    body: Supposition,
    returns: ShownAnswer,
    keyInBody: true,
  })
  async ask({ body, caller }: ActionAsked<undefined, typeof Supposition>) {
    const picture = await this.dispatcher.picture();
    const { now } = this.dispatcher;
    const question = questionOf(body, picture, caller, now);
    const answer = picture.engine.whatIf(question, epochMs(now));
    if (!answer) return refuse('job-not-waiting', { kind: body.kind });
    return answerFor(answer, seenBy(caller.tenant, picture));
  }
}
