/** One caller of the service under test. */
import type { Instant } from '@pioche/kernel';

/** What a command answers. */
export interface Done {
  readonly id: string;
  readonly version: number;
  readonly position: number;
  readonly events: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[];
}

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly reason: string }[];
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** As it came, byte for byte. */
  readonly bytes: Buffer;
  /** JSON; a problem where the status says so. */
  readonly body: T;
}

type HeaderValues = Readonly<Record<string, string>>;
export interface PostOptions {
  /** The version of If-Match; `*` (any) when absent, null: without the header. */
  readonly match?: number | null;
  /** The Idempotency-Key; a new one when absent. */
  readonly key?: string;
  readonly headers?: HeaderValues;
}

/** What callers of one service share: where it is, what time it is, and what they have written. */
export interface Surroundings {
  url(): string;
  now(): Instant;
  newKey(): string;
  /** `Pioche-Position` of everything that was written so far. */
  seen(): string;
  wrote(position: string): void;
}

export class Client {
  constructor(
    private readonly token: Promise<string>,
    private readonly around: Surroundings,
  ) {}

  /** A query. It waits until it shows what this test has written. */
  get<T = Readonly<Record<string, unknown>>>(path: string, headers: HeaderValues = {}): Promise<Answer<T>> {
    const after = this.around.seen();
    return this.send<T>('GET', path, { ...(after === '' ? {} : { 'pioche-after': after }), ...headers });
  }

  /** A command or an action, as it is answered. */
  async post<T = Done & Problem>(path: string, body: unknown, { match, key, headers }: PostOptions = {}): Promise<Answer<T>> {
    const answer = await this.send<T>(
      'POST',
      path,
      {
        'content-type': 'application/json',
        'idempotency-key': key ?? this.around.newKey(),
        'pioche-simulated-time': this.around.now(),
        ...(match === null || !path.includes(':') ? {} : { 'if-match': match === undefined ? '*' : `"${match}"` }),
        ...headers,
      },
      typeof body === 'string' ? body : JSON.stringify(body),
    );
    this.around.wrote(answer.headers.get('pioche-position') ?? '');
    return answer;
  }

  /** A command that has to be done. @throws Error with the problem otherwise */
  async done(path: string, body: object = {}, options: PostOptions = {}): Promise<Done> {
    const { status, body: answered } = await this.post(path, body, options);
    if (status >= 300) throw new Error(`POST ${path}: ${JSON.stringify(answered)}`);
    return answered;
  }

  private async send<T>(method: string, path: string, headers: HeaderValues, body?: string): Promise<Answer<T>> {
    const response = await fetch(this.around.url() + path, {
      method,
      headers: { authorization: `Bearer ${await this.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const json = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, bytes, body: (json ? JSON.parse(bytes.toString()) : undefined) as T };
  }
}
