/** What clients see: the end of every request that goes through a front, whoever makes it. */

/** The end of one request. */
export interface Seen {
  /** When it was asked, and when it was over, in ms of `performance.now()`. */
  readonly from: number;
  readonly to: number;
  readonly request: string;
  /** Of an answer. */
  readonly status?: number;
  /** Why there is none: `ECONNREFUSED`, `TimeoutError`. */
  readonly failure?: string;
}

/** What the requests of a time looked like. */
export interface Figures {
  readonly requests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The longest time in which nobody was answered, in ms. */
  readonly longestGap: number;
}

/** What a client gave up by itself is not the service's failure. */
const IMPATIENT = new Set(['TimeoutError', 'AbortError']);

interface Thrown {
  readonly name?: string;
  readonly cause?: { readonly code?: string; readonly message?: string };
}

/** By its looks: what is thrown may come from another realm. */
const failureOf = (error: unknown): string => {
  const { name, cause } = (error ?? {}) as Thrown;
  return cause?.code ?? cause?.message ?? name ?? String(error);
};

export class Watch {
  readonly seen: Seen[] = [];

  /** @param isFront whether requests to this address are those of clients */
  constructor(isFront: (origin: string) => boolean) {
    const plain = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (!isFront(url.origin)) return plain(input, init);
      const from = performance.now();
      const request = `${init?.method ?? 'GET'} ${url.host}${url.pathname}`;
      try {
        const answer = await plain(input, init);
        this.seen.push({ from, to: performance.now(), request, status: answer.status });
        return answer;
      } catch (error) {
        this.seen.push({ from, to: performance.now(), request, failure: failureOf(error) });
        throw error;
      }
    };
  }

  /** Every answer that says that it is the service's fault, and every request that got none. */
  get failures(): readonly string[] {
    return this.seen.flatMap(({ request, status, failure }) => {
      if (status !== undefined && status >= 500) return [`${request}: ${status}`];
      return failure !== undefined && !IMPATIENT.has(failure) ? [`${request}: ${failure}`] : [];
    });
  }

  /** Requests that clients gave up. */
  get givenUp(): number {
    return this.seen.filter(({ failure }) => failure !== undefined && IMPATIENT.has(failure)).length;
  }

  /** @param from, to in ms of `performance.now()` */
  figures(from: number, to: number): Figures {
    const answered = this.seen.filter((one) => one.status !== undefined && one.to >= from && one.to < to);
    const times = answered.map((one) => one.to - one.from).sort((a, b) => a - b);
    const ends = [from, ...answered.map((one) => one.to).sort((a, b) => a - b), to];
    const at = (share: number): number => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0);
    return { requests: answered.length, p50: at(0.5), p99: at(0.99), longestGap: Math.round(Math.max(...ends.slice(1).map((end, i) => end - (ends[i] ?? from)))) };
  }
}
