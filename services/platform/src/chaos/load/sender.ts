/** Sends commands, and writes down every attempt before it is made and every answer before it is used. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuiltInIssuer, Role } from '@pioche/service-kit';
import type { Shape } from '../../shape.js';
import type { History } from '../history/history.js';
import type { Ask, Principal } from '../history/records.js';
import type { SimulatedTime } from './time.js';

/** What came back; undefined: nothing, or nothing that can be read. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export interface SendOptions {
  /** If-Match; `*` when absent. */
  readonly match?: string;
  /** How long an attempt may take, in ms. */
  readonly timeoutMs?: number;
}

/** An ask that has its number: sent again, it is the same command. */
export interface Numbered {
  readonly command: number;
  readonly ask: Ask;
}

/** Clients are impatient: a command that takes longer is of unknown outcome to them. */
const TIMEOUT_MS = 2_000;
const RETRY_MS = 250;
const PATIENCE_MS = 180_000;
const TOKEN_S = 7 * 86_400;

/** In which role someone asks. */
const roleOf = ({ subject, tenant }: Principal): Role => {
  if (tenant === undefined) return subject.startsWith('gateway:') ? 'node' : 'operator';
  return subject.startsWith('custodian') ? 'key_custodian' : 'tenant_admin';
};

export class Sender {
  /** Commands so far that were answered to be done. */
  acknowledged = 0;
  /** Attempts that are under way. */
  inFlight = 0;
  private commands = 0;
  private readonly attempts = new Map<number, number>();
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(
    private readonly shape: Pick<Shape, 'url'> & { readonly issuer: Pick<BuiltInIssuer, 'mint'> },
    private readonly history: History,
    private readonly time: SimulatedTime,
    private readonly signal: AbortSignal,
  ) {}

  /** Commands so far. */
  get asked(): number {
    return this.commands;
  }

  number(ask: Ask): Numbered {
    const command = (this.commands += 1);
    this.history.write({ what: 'asked', command, ask });
    return { command, ask };
  }

  /** One attempt. */
  async once({ command, ask }: Numbered, { match = '*', timeoutMs = TIMEOUT_MS }: SendOptions = {}): Promise<Answered | undefined> {
    const token = await this.tokenOf(ask.by);
    this.signal.throwIfAborted();
    const attempt = (this.attempts.get(command) ?? 0) + 1;
    this.attempts.set(command, attempt);
    const { now } = this.time;
    this.history.write({ what: 'sent', command, attempt, time: now, ...(match !== '*' && { match }) });
    this.inFlight += 1;
    try {
      const response = await fetch(this.shape.url(ask.context) + pathOf(ask), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': ask.key, 'if-match': match === '*' ? '*' : `"${match}"`, 'pioche-simulated-time': now },
        body: JSON.stringify(ask.body),
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]),
      });
      const answered = { status: response.status, body: JSON.parse(await response.text()) as unknown };
      this.history.write({ what: 'answered', command, attempt, ...answered });
      if (answered.status < 300) this.acknowledged += 1;
      return answered;
    } catch (error) {
      this.history.write({ what: 'unanswered', command, attempt, why: whyOf(error) });
      return undefined;
    } finally {
      this.inFlight -= 1;
    }
  }

  /** Attempts until there is an answer that says what became of it. @throws Error after three minutes without one; the signal's reason */
  async patiently(numbered: Numbered, options: SendOptions = {}): Promise<Answered> {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const answered = await this.once(numbered, options);
      if (answered !== undefined && answered.status < 500) return answered;
      if (Date.now() > end) throw new Error(`#${numbered.command} POST /${numbered.ask.context}${pathOf(numbered.ask)} is not answered after ${PATIENCE_MS / 1000} s`);
      await sleep(RETRY_MS, undefined, { signal: this.signal });
    }
  }

  private tokenOf(by: Principal): Promise<string> {
    const known = this.tokens.get(by.subject) ?? this.shape.issuer.mint({ ...by, role: roleOf(by), lifetime: TOKEN_S });
    this.tokens.set(by.subject, known);
    return known;
  }
}

/** The address of an ask. */
export const pathOf = ({ route, target, validateOnly }: Ask): string => (target === undefined ? route : route.replace('{id}', target)) + (validateOnly === true ? '?validate_only=true' : '');

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : error.message;
}
