/** The platform's public HTTP APIs, as one who drives them sees them. */
import type { ContextName } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';

/** What a service answers to a command. */
export interface Done {
  readonly id: string;
  readonly version: number;
  readonly position: number;
}

interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: unknown;
  readonly details?: unknown;
}

/** A request that was refused: the problem as the service told it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly problem: Problem,
    request: string,
  ) {
    super(`${request}: ${status} ${problem.type ?? ''} ${problem.title ?? ''} ${JSON.stringify(problem.errors ?? problem.details ?? '')}`);
  }
}

export interface ApiOptions {
  /** Base URL of a context: `http://localhost:4000/inventory`. */
  url(context: ContextName): string;
  /** An access token. */
  readonly token: string;
  /** Ends every request, and all that would follow. */
  readonly signal?: AbortSignal;
  /** How long a service may be away, in ms, before a request is given up. */
  readonly patienceMs?: number;
  /** How long one attempt may take, in ms; absent: as long as it takes. A network that swallows everything never refuses. */
  readonly attemptMs?: number;
}

const RETRY_MS = 100;

/**
 * Requests are repeated while a service is away (connection refused or cut, 502, 503): a command carries its idempotency
 * key, so that a repeat after an answer that was lost does nothing.
 */
export class Api {
  /** The simulated time that commands carry. */
  now: Instant | undefined;

  constructor(private readonly options: ApiOptions) {}

  /** @param after waits until the answer shows this: `scheduling:1234` */
  get<T>(context: ContextName, path: string, after?: string): Promise<T> {
    return this.request<T>('GET', context, path, { ...(after !== undefined && { 'pioche-after': after }) });
  }

  /** @param version of the stream that is changed, where the path names one; any when absent */
  post<T = Done>(context: ContextName, path: string, key: string, body: object, version?: number): Promise<T> {
    return this.request<T>(
      'POST',
      context,
      path,
      {
        'content-type': 'application/json',
        'idempotency-key': key,
        ...(path.includes(':') && { 'if-match': version === undefined ? '*' : `"${version}"` }),
        ...(this.now !== undefined && { 'pioche-simulated-time': this.now }),
      },
      JSON.stringify(body),
    );
  }

  private attemptSignal(): AbortSignal | undefined {
    const { signal, attemptMs } = this.options;
    const signals = [...(signal ? [signal] : []), ...(attemptMs === undefined ? [] : [AbortSignal.timeout(attemptMs)])];
    return signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  }

  private async request<T>(method: string, context: ContextName, path: string, headers: Record<string, string>, body?: string): Promise<T> {
    const request = `${method} /${context}${path}`;
    const end = Date.now() + (this.options.patienceMs ?? 60_000);
    for (;;) {
      this.options.signal?.throwIfAborted();
      const signal = this.attemptSignal();
      const answer = await fetch(this.options.url(context) + path, { method, headers: { ...headers, authorization: `Bearer ${this.options.token}` }, ...(body !== undefined && { body }), ...(signal && { signal }) })
        .then(async (response) => ({ ok: response.ok, status: response.status, text: await response.text() }))
        .catch((error: unknown) => error as Error);
      const away = answer instanceof Error || answer.status === 502 || answer.status === 503;
      if (!away && answer.ok) return JSON.parse(answer.text) as T;
      if (!away) throw new Refused(answer.status, problemOf(answer.text), request);
      if (Date.now() > end) throw answer instanceof Error ? new Error(`${request}: ${context} is away`, { cause: answer }) : new Refused(answer.status, {}, request);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function problemOf(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return {};
  }
}
