import { Watch } from './watch.js';

const FRONT = 'http://front.test';

describe('what clients see', () => {
  const real = globalThis.fetch;
  afterEach(() => {
    globalThis.fetch = real;
  });

  function watched(answers: Readonly<Record<string, () => Promise<Response>>>): Watch {
    globalThis.fetch = (input) => answers[new URL(input instanceof Request ? input.url : input).pathname]?.() ?? Promise.reject(new Error('not expected'));
    return new Watch((origin) => origin === FRONT);
  }
  const status = (code: number) => () => Promise.resolve(new Response('', { status: code }));
  const failing = (error: Error) => async (): Promise<Response> => {
    throw error;
  };

  it('fails at every 5xx and every request without an answer, but not where the client gave up', async () => {
    const watch = watched({
      '/fine': status(200),
      '/refused': status(409),
      '/away': status(503),
      '/cut': failing(new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })),
      '/slow': failing(new DOMException('late', 'TimeoutError')),
    });
    for (const path of ['/fine', '/refused', '/away', '/cut', '/slow']) await fetch(FRONT + path, { method: 'POST' }).catch(() => undefined);
    expect(watch.failures).toEqual(['POST front.test/away: 503', 'POST front.test/cut: ECONNRESET']);
    expect(watch.givenUp).toBe(1);
  });

  it('does not look at what goes elsewhere', async () => {
    const watch = watched({ '/away': status(503) });
    await fetch('http://replica.test/away');
    expect([watch.seen, watch.failures]).toEqual([[], []]);
  });

  it('counts answers, their times and the longest time without one', () => {
    const watch = watched({});
    for (const [from, to] of [[0, 10], [20, 50], [60, 65], [400, 420]] as const) watch.seen.push({ from, to, request: 'GET x', status: 200 });
    watch.seen.push({ from: 100, to: 200, request: 'GET x', failure: 'ECONNRESET' });
    expect(watch.figures(0, 500)).toEqual({ requests: 4, p50: 20, p99: 30, longestGap: 355 });
    expect(watch.figures(0, 100)).toEqual({ requests: 3, p50: 10, p99: 30, longestGap: 40 });
  });
});
