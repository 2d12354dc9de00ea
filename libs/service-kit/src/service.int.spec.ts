import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { PUBLIC_ROUTES, startService, type Service } from './index.js';
import { testConfig } from '../test/config.js';
import { WorkshopModule } from '../test/workshop.js';

const TIME = '2026-11-17T10:00:00.000Z';

describe('a service', () => {
  let database: FreshDatabase;
  let service: Service & { url: string };
  let operator: string;

  beforeAll(async () => {
    database = await freshDatabase();
    service = await startService({ module: WorkshopModule, config: testConfig(database) });
    operator = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  let keys = 0;
  interface Request { token?: string; body?: unknown; headers?: Record<string, string> }
  const send = async (method: string, path: string, { token = operator, body, headers = {} }: Request = {}) => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'POST' ? { 'content-type': 'application/json', 'idempotency-key': `key-${(keys += 1)}`, 'pioche-simulated-time': TIME } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
  const buy = async (body: object = { name: 'L1' }, request: Request = {}) => (await send('POST', '/lathes', { body, ...request })).body.id as string;

  it('carries a command to its event, its read model and its query', async () => {
    const bought = await send('POST', '/lathes', { body: { name: 'L1' } });
    expect(bought.status).toBe(201);
    expect(bought.body).toMatchObject({ version: 1, events: [{ type: 'LatheBought', data: { name: 'L1' } }] });
    expect(bought.headers.get('etag')).toBe('"1"');
    const position = bought.headers.get('pioche-position') ?? '';
    expect(position).toBe(`lab:${bought.body.position}`);
    const shown = await send('GET', `/lathes/${bought.body.id}`, { headers: { 'pioche-after': position } });
    expect(shown.body).toMatchObject({ lathe: bought.body.id, name: 'L1', status: 'standing' });
    expect(Number(shown.headers.get('pioche-age'))).toBeLessThan(5);
  });

  describe('a command', () => {
    it('names every wrong field at once, and what is allowed', async () => {
      const id = await buy();
      const { status, body, headers } = await send('POST', `/lathes/${id}:start`, { body: { until: 'soon', speed: 'warp', colour: 'red' }, headers: { 'if-match': '*' } });
      expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
      expect(body).toMatchObject({ type: 'https://pioche.fr/problems/common/validation-failed', code: 'validation-failed' });
      expect(body.errors).toEqual(expect.arrayContaining([
        expect.objectContaining({ pointer: '/until' }),
        expect.objectContaining({ pointer: '/speed', allowed: ['slow', 'fast'] }),
      ]));
    });

    it('refuses a field that it does not know', async () => {
      const { status, body } = await send('POST', '/lathes', { body: { name: 'L1', colour: 'red' } });
      expect([status, body.errors]).toEqual([400, [{ pointer: '/colour', reason: 'There is no such field.' }]]);
    });

    it('refused by a rule says what the rule has seen', async () => {
      const id = await buy();
      const early = await send('POST', `/lathes/${id}:start`, { body: { until: '2020-01-01T00:00:00Z' }, headers: { 'if-match': '"1"' } });
      expect([early.status, early.body]).toEqual([422, {
        type: 'https://pioche.fr/problems/lab/end-in-the-past', title: 'Choose an end that lies in the future.', status: 422, code: 'end-in-the-past',
        details: { until: '2020-01-01T00:00:00.000Z', now: TIME },
      }]);
      const standing = await send('POST', `/lathes/${id}:stop`, { body: { reason: 'x' }, headers: { 'if-match': '"1"' } });
      expect([standing.status, standing.body.details]).toEqual([409, { status: 'standing', command: 'stop', allowed: ['start'] }]);
    });

    it('needs the version that was read, and conflicts with a newer one', async () => {
      const id = await buy();
      expect((await send('POST', `/lathes/${id}:start`, { body: {} })).status).toBe(428);
      const stale = await send('POST', `/lathes/${id}:start`, { body: {}, headers: { 'if-match': '"7"' } });
      expect([stale.status, stale.headers.get('etag'), stale.body.details]).toEqual([412, '"1"', { expected: 7, version: 1 }]);
      const done = await send('POST', `/lathes/${id}:start`, { body: {}, headers: { 'if-match': '"1"' } });
      expect([done.status, done.headers.get('etag')]).toEqual([200, '"2"']);
      expect((await send('POST', `/lathes/${id}:stop`, { body: { reason: 'any version' }, headers: { 'if-match': '*' } })).status).toBe(200);
    });

    it('on what does not exist is unknown', async () => {
      const { status, body } = await send('POST', '/lathes/lathe_01h2xcejqtf2nbrexx3vqjhp41:start', { body: {}, headers: { 'if-match': '*' } });
      expect([status, body.code]).toEqual([404, 'unknown']);
    });

    it('with a key that was used answers the same again, and writes nothing', async () => {
      const request = { body: { name: 'twice' }, headers: { 'idempotency-key': 'twice' } };
      const first = await send('POST', '/lathes', request);
      const again = await send('POST', '/lathes', request);
      expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
      expect(first.headers.get('idempotency-replayed')).toBeNull();
      const other = await send('POST', '/lathes', { ...request, body: { name: 'another' } });
      expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    });

    it('is repeated harmlessly also when its state has moved on', async () => {
      const id = await buy();
      const request = { body: {}, headers: { 'if-match': '"1"', 'idempotency-key': 'start-once' } };
      const first = await send('POST', `/lathes/${id}:start`, request);
      await send('POST', `/lathes/${id}:stop`, { body: { reason: 'done' }, headers: { 'if-match': '"2"' } });
      const again = await send('POST', `/lathes/${id}:start`, request);
      expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([200, first.body, 'true']);
    });

    it('sent many times at once with one key is done once', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => send('POST', '/lathes', { body: { name: 'race' }, headers: { 'idempotency-key': 'race' } })));
      expect(new Set(answers.map(({ status, body }) => `${status} ${body.id} ${body.position}`)).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') !== 'true')).toHaveLength(1);
    });

    it('needs an Idempotency-Key', async () => {
      const { status, body } = await send('POST', '/lathes', { body: { name: 'L1' }, headers: { 'idempotency-key': '' } });
      expect([status, body.code]).toEqual([400, 'idempotency-key-missing']);
    });

    it('can be tried without being done', async () => {
      const tried = await send('POST', '/lathes?validate_only=true', { body: { name: 'maybe' } });
      expect([tried.status, tried.body.version, tried.body.events.length]).toEqual([200, 0, 1]);
      expect(tried.headers.get('pioche-position')).toBeNull();
      expect((await send('POST', `/lathes/${tried.body.id}:start`, { body: {}, headers: { 'if-match': '*' } })).status).toBe(404);
    });

    it('comes in batches, each item with its own answer', async () => {
      const items = [
        { idempotency_key: 'b1', input: { name: 'B1' } },
        { idempotency_key: 'b2', input: { name: '' } },
        { idempotency_key: 'b1', input: { name: 'B1' } },
        { idempotency_key: 'b3', input: { name: 'B3' } },
      ];
      const { status, body } = await send('POST', '/lathes:batch', { body: { items } });
      expect(status).toBe(200);
      expect(body.items.map((item: { status: number }) => item.status)).toEqual([201, 400, 201, 201]);
      expect(body.items[1].problem.errors[0].pointer).toBe('/name');
      expect(body.items[2].id).toBe(body.items[0].id);
      const single = await send('POST', '/lathes', { body: { name: 'B3' }, headers: { 'idempotency-key': 'b3' } });
      expect([single.body.id, single.headers.get('idempotency-replayed')]).toEqual([body.items[3].id, 'true']);
    });
  });

  describe('who may', () => {
    const mint = (request: Parameters<NonNullable<Service['issuer']>['mint']>[0]) => service.issuer?.mint(request) ?? Promise.resolve('');

    it('is asked of everyone', async () => {
      const nobody = await send('GET', '/lathes', { token: '' });
      expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="pioche"']);
      const forged = await send('GET', '/lathes', { token: `${operator.slice(0, -4)}AAAA` });
      expect([forged.status, forged.body.code]).toEqual([401, 'unauthenticated']);
      const late = await send('GET', '/lathes', { token: await mint({ subject: 'olga', role: 'operator', lifetime: -10 }) });
      expect([late.status, late.body.details.reason]).toEqual([401, 'the token has expired']);
      const auditor = await send('POST', '/lathes', { token: await mint({ subject: 'ada', role: 'auditor' }), body: { name: 'L1' } });
      expect([auditor.status, auditor.body.details]).toEqual([403, { permission: 'use-lathes', roles: ['auditor'] }]);
    });

    it('a tenant sees and changes only its own: the rest does not exist', async () => {
      const [ours, theirs] = await Promise.all([mint({ subject: 'ann', role: 'tenant_member', tenant: 'tenant_a' }), mint({ subject: 'bob', role: 'tenant_member', tenant: 'tenant_b' })]);
      const made = await send('POST', '/lathes', { token: ours, body: { name: 'A1' } });
      const after = { 'pioche-after': made.headers.get('pioche-position') ?? '' };
      expect((await send('GET', `/lathes/${made.body.id}`, { token: ours, headers: after })).status).toBe(200);
      expect((await send('GET', `/lathes/${made.body.id}`, { token: theirs, headers: after })).status).toBe(404);
      expect((await send('GET', '/lathes', { token: theirs })).body.items).toEqual([]);
      const change = await send('POST', `/lathes/${made.body.id}:start`, { token: theirs, body: {}, headers: { 'if-match': '"1"' } });
      expect([change.status, change.body.code]).toEqual([404, 'unknown']);
      const foreign = await send('POST', '/lathes', { token: theirs, body: { name: 'A2', tenant: 'tenant_a' } });
      expect([foreign.status, foreign.body.code]).toEqual([404, 'unknown']);
      expect((await send('POST', `/lathes/${made.body.id}:start`, { token: ours, body: {}, headers: { 'if-match': '"1"' } })).status).toBe(200);
    });

    it('no route answers without a decision', async () => {
      const open: string[] = [];
      for (const { method, path } of service.routes) {
        const { status } = await send(method, path.replaceAll(/\{\w+\}/g, 'lathe_01h2xcejqtf2nbrexx3vqjhp41'), { token: '', ...(method === 'POST' ? { body: {} } : {}) });
        if (status !== 401) open.push(path);
      }
      expect(new Set(open)).toEqual(new Set(PUBLIC_ROUTES));
    });
  });

  describe('a query', () => {
    it('pages through everything, once', async () => {
      for (let n = 0; n < 3; n += 1) await buy({ name: `P${n}` });
      const position = (await send('POST', '/lathes', { body: { name: 'last' } })).headers.get('pioche-position') ?? '';
      const seen: string[] = [];
      let token: string | undefined;
      do {
        const { body } = await send('GET', `/lathes?page_size=3${token === undefined ? '' : `&page_token=${token}`}`, { headers: { 'pioche-after': position } });
        seen.push(...body.items.map((item: { lathe: string }) => item.lathe));
        token = body.next_page_token;
      } while (token !== undefined);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThan(3);
    });

    it('refuses what it does not know', async () => {
      const { status, body } = await send('GET', '/lathes?colour=red&page_size=5000');
      expect([status, body.errors]).toEqual([400, [expect.objectContaining({ parameter: 'page_size', allowed: { maximum: 1000 } }), { parameter: 'colour', reason: 'There is no such field.' }]]);
      expect((await send('GET', '/lathes?colour=red')).body.errors).toEqual([{ parameter: 'colour', reason: 'There is no such field.' }]);
      expect((await send('GET', '/lathes?page_token=zzz')).status).toBe(400);
    });

    it('says when it cannot have what was asked for in time', async () => {
      const slow = await startService({ module: WorkshopModule, config: { ...testConfig(database), waitLimitMs: 50 } });
      const response = await fetch(`${slow.url}/lathes`, { headers: { authorization: `Bearer ${operator}`, 'pioche-after': 'lab:999999' } });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      await slow.stop();
    });
  });

  it('reacts to what happened, once', async () => {
    const id = await buy();
    await send('POST', `/lathes/${id}:start`, { body: {}, headers: { 'if-match': '"1"' } });
    await send('POST', `/lathes/${id}:stop`, { body: { reason: 'done' }, headers: { 'if-match': '"2"' } });
    await eventually(async () => expect((await send('GET', `/lathes/${id}`)).body.inspections).toBe(1));
    const [inspected] = (await service.store.read(id)).slice(3);
    expect(inspected).toMatchObject({ type: 'LatheInspected', actor: 'reaction:on-lathe-stopped', time: TIME });
  });

  it('takes reports that repeat harmlessly', async () => {
    const node = (await service.issuer?.mint({ subject: 'node_1', role: 'node' })) ?? '';
    const lathe = await buy();
    await send('POST', `/lathes/${lathe}:start`, { body: {}, headers: { 'if-match': '"1"' } });
    const report = { token: node, body: { lathe, reason: 'worn' }, headers: { 'idempotency-key': 'report-1' } };
    expect(await send('POST', '/stop-reports', report)).toMatchObject({ status: 202, body: { version: 3 } });
    expect(await send('POST', '/stop-reports', report)).toMatchObject({ status: 202, body: { version: 3 } });
    expect((await send('POST', '/stop-reports', { ...report, token: operator })).status).toBe(403);
  });

  it('writes to several streams, all or nothing, once', async () => {
    const lathes = [await buy(), await buy()];
    const request = { body: { lathes }, headers: { 'idempotency-key': 'pair' } };
    const done = await send('POST', '/pairs', request);
    expect([done.status, done.body.position > 0]).toEqual([200, true]);
    expect((await send('POST', '/pairs', request)).status).toBe(200);
    for (const id of lathes) expect((await service.store.read(id)).map(({ type }) => type)).toEqual(['LatheBought', 'LatheStarted']);
    const half = await send('POST', '/pairs', { body: { lathes: [lathes[0], await buy()] } });
    expect([half.status, half.body.code]).toEqual([409, 'transition-not-allowed']);
  });

  it('lets operators see and redrive what could not be handled', async () => {
    const id = await buy();
    await send('POST', `/lathes/${id}:start`, { body: {}, headers: { 'if-match': '"1"' } });
    await send('POST', `/lathes/${id}:stop`, { body: { reason: 'fire' }, headers: { 'if-match': '"2"' } });
    const letter = await eventually(async () => {
      const { body } = await send('GET', '/dead-letters?consumer=reaction.on-lathe-stopped');
      expect(body.items).toHaveLength(1);
      return body.items[0];
    });
    expect(letter).toMatchObject({ stream: id, type: 'LatheStopped', state: 'dead', reason: 'Error: nobody goes near it' });
    const driven = await send('POST', `/dead-letters/${letter.id}:redrive`, { body: { raw: letter.raw.replace('"fire"', '"smoke"') } });
    expect([driven.status, driven.body]).toEqual([200, { redriven: 1, open: 0 }]);
    expect((await service.store.read(id)).at(-1)?.type).toBe('LatheInspected');
    expect((await send('POST', '/dead-letters/999:redrive', { body: {} })).status).toBe(404);
  });

  it('runs timers when simulated time passes, each day once', async () => {
    const id = await buy();
    const begun = await send('POST', `/lathes/${id}:start`, { body: {}, headers: { 'if-match': '"1"' } });
    await send('GET', `/lathes/${id}`, { headers: { 'pioche-after': begun.headers.get('pioche-position') ?? '' } });
    await send('GET', '/lag', { headers: { 'pioche-simulated-time': '2026-11-19T08:00:00.000Z' } });
    await eventually(async () => {
      const stopped = (await service.store.read(id)).find(({ type }) => type === 'LatheStopped');
      expect(stopped).toMatchObject({ time: '2026-11-18T00:00:00.000Z', actor: 'timer:stop-at-midnight', data: { reason: 'night' } });
    });
  });

  describe('what is not as it should be', () => {
    it.each([
      ['an address that is not there', 'GET', '/nowhere', {}, 404, 'not-found'],
      ['another method', 'GET', '/lathes:batch', {}, 405, 'method-not-allowed'],
      ['malformed JSON', 'POST', '/lathes', { body: '{"name":' }, 400, 'malformed-json'],
      ['another media type', 'POST', '/lathes', { body: 'name=L1', headers: { 'content-type': 'text/csv' } }, 415, 'unsupported-media-type'],
      ['a body that is too large', 'POST', '/lathes', { body: { name: 'x'.repeat(5_000_000) } }, 413, 'payload-too-large'],
      ['a broken URL', 'GET', '/lathes/%zz', {}, 400, 'malformed-request'],
      ['a key that pollutes prototypes', 'POST', '/lathes', { body: '{"__proto__":{"name":"x"}}' }, 400, 'malformed-json'],
      ['a position of nothing', 'GET', '/lathes', { headers: { 'pioche-after': 'moon:1' } }, 400, 'validation-failed'],
      ['a time that is none', 'GET', '/lathes', { headers: { 'pioche-simulated-time': 'noon' } }, 400, 'validation-failed'],
    ])('%s is a problem', async (_, method, path, request: Request, status, code) => {
      const answer = await send(method, path, request);
      expect([answer.status, answer.body?.code, answer.headers.get('content-type')]).toEqual([status, code, 'application/problem+json; charset=utf-8']);
      if (status === 405) expect(answer.headers.get('allow')).toBe('POST');
    });
  });

  it('tells whether it is ready, how far its consumers are, and what it has done', async () => {
    expect((await send('GET', '/healthz', { token: '' })).body.status).toBe('alive');
    expect((await send('GET', '/readyz', { token: '' })).body).toEqual({ status: 'ready', checks: ['draining', 'database', 'consumers', 'read models'] });
    await eventually(async () => {
      const { body } = await send('GET', '/lag');
      expect(body).toMatchObject({ context: 'lab', timers_busy: false });
      expect(body.consumers.map(({ consumer }: { consumer: string }) => consumer).sort()).toEqual(['lathe_view_v1', 'reaction.on-lathe-stopped']);
      for (const { position, head, behind } of body.consumers) expect([position, behind]).toEqual([head, 0]);
    });
    const { text } = await send('GET', '/metrics', { token: '' });
    for (const name of ['http_server_request_duration_seconds_bucket', 'pioche_appends_total{outcome="written",service="lab"}', 'pioche_consumer_lag_events', 'pioche_log_position', 'nodejs_eventloop_lag_seconds']) expect(text).toContain(name);
  });
});
