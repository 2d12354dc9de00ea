/** The services' dead letters, by their APIs. */
import type { ContextName } from '@pioche/contracts';

export interface Letter {
  readonly id: string;
  readonly consumer: string;
  readonly source: string;
  readonly stream: string | null;
  readonly type: string | null;
  readonly state: 'dead' | 'waiting' | 'redriven';
  readonly reason: string;
  readonly at: string;
  /** As it came. */
  readonly raw: string;
}

export interface Redriven {
  readonly redriven: number;
  readonly open: number;
  readonly failed?: { readonly id: string; readonly reason: string };
}

interface Page {
  readonly items: readonly Letter[];
  readonly next_page_token?: string;
}

/** A service is away, or says no. The message is for people. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const PATIENCE_MS = 60_000;

export class Letters {
  constructor(
    private readonly urlOf: (context: ContextName) => string,
    private readonly token: string,
  ) {}

  /** The dead ones, oldest first; what waits behind them is driven with them. @throws NoAnswer */
  async *dead(context: ContextName, consumer?: string): AsyncGenerator<Letter> {
    const query = new URLSearchParams({ state: 'dead', page_size: '200', ...(consumer !== undefined && { consumer }) });
    for (let more = true; more; ) {
      const page = await this.ask<Page>(context, 'GET', `/dead-letters?${query.toString()}`);
      yield* page.items;
      more = page.next_page_token !== undefined;
      query.set('page_token', page.next_page_token ?? '');
    }
  }

  /** @param raw the corrected event @throws NoAnswer */
  redrive(context: ContextName, id: string, raw?: string): Promise<Redriven> {
    return this.ask(context, 'POST', `/dead-letters/${id}:redrive`, raw === undefined ? {} : { raw });
  }

  private async ask<T>(context: ContextName, method: string, path: string, body?: object): Promise<T> {
    const url = this.urlOf(context) + path;
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((error: unknown) => {
      throw new NoAnswer(`${context} does not answer at ${this.urlOf(context)}: is the platform running there?`, { cause: error });
    });
    const text = await response.text();
    if (!response.ok) throw new NoAnswer(`${context}: ${method} ${path}: ${response.status} ${whyOf(text)}`);
    return JSON.parse(text) as T;
  }
}

/** A problem tells what to do next; what is not one has nothing to tell. */
function whyOf(text: string): string {
  try {
    const { title = '', details } = JSON.parse(text) as { title?: string; details?: { reason?: string } };
    return [title, details?.reason].filter(Boolean).join(' ');
  } catch {
    return '';
  }
}
