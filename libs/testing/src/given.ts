/** `given(history).when(command).then(events)`: a rule's test reads as the rule. */
import { derivedId, fold, Refusal, type Command, type Context, type Decider, type Fact, type Instant } from '@pioche/kernel';
import type { z } from 'zod';

export const NOW: Instant = '2026-11-17T09:00:00.000Z';

type Circumstances = Partial<Omit<Context, 'newId'>>;

class Outcome<E extends Fact> {
  constructor(private readonly outcome: { readonly events: readonly E[] } | { readonly refusal: Refusal }) {}

  /** Exactly these events follow; none: nothing happens. */
  then(...expected: readonly Fact[]): void {
    if ('refusal' in this.outcome) throw new Error(`refused: ${this.outcome.refusal.message}`);
    expect(this.outcome.events).toEqual(expected);
  }

  /** Events that match these, each in part. */
  thenMatching(...expected: readonly { readonly type: string; readonly data?: object }[]): void {
    if ('refusal' in this.outcome) throw new Error(`refused: ${this.outcome.refusal.message}`);
    expect(this.outcome.events).toMatchObject(expected);
  }

  /** It is refused with this code, and tells the caller these details. */
  refuses(code: string, details: Readonly<Record<string, unknown>> = {}): void {
    if (!('refusal' in this.outcome)) throw new Error(`expected refusal ${code}, but: ${JSON.stringify(this.outcome.events)}`);
    expect(this.outcome.refusal.code).toBe(code);
    expect(this.outcome.refusal.details).toMatchObject(details);
  }

  /** The events, for a closer look. @throws Refusal */
  events(): readonly E[] {
    if ('refusal' in this.outcome) throw this.outcome.refusal;
    return this.outcome.events;
  }
}

/**
 * @param history what has happened to it
 * @param defaults circumstances of the commands that follow (`now`, `id`, `actor`, `tenant`)
 */
export const given = <S, E extends Fact>(decider: Decider<S, E>, history: readonly E[] = [], defaults: Circumstances = {}) => ({
  state: (): S => fold(decider, history),

  /** Input is parsed as the route would do it: a wrong test input throws. */
  when<I extends z.ZodType>(command: Command<S, E, I>, input: z.input<I>, circumstances: Circumstances = {}): Outcome<E> {
    let made = 0;
    const context: Context = {
      now: NOW,
      id: derivedId(decider.name.replaceAll('-', '_'), 'given'),
      actor: 'someone',
      ...defaults,
      ...circumstances,
      newId: (prefix) => derivedId(prefix, 'given', String((made += 1))),
    };
    try {
      return new Outcome({ events: command.decide(fold(decider, history), command.input.parse(input), context) });
    } catch (error) {
      if (error instanceof Refusal) return new Outcome<E>({ refusal: error });
      throw error;
    }
  },
});
