/** A replica that stops behind a balancer which has not seen it yet: nobody is refused. */
import { Agent, request } from 'node:http';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import pg from 'pg';
import { startService, type Service } from '../index.js';
import { testConfig } from '../../test/config.js';
import { WorkshopModule } from '../../test/workshop.js';

const DRAIN_MS = 400;

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly text: string;
}

describe('a service that drains', () => {
  let database: FreshDatabase;
  let service: Service & { url: string };
  let agent: Agent;
  let token: string;

  beforeEach(async () => {
    database = await freshDatabase();
    service = await startService({ module: WorkshopModule, config: { ...testConfig(database), drainMs: DRAIN_MS } });
    token = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    agent = new Agent({ keepAlive: true });
  });
  afterEach(async () => {
    agent?.destroy();
    await service?.stop();
    await database?.drop();
  });

  const ask = (path: string, body?: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' };
      const asked = request(`${service.url}${path}`, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection, text }));
      });
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });

  it('is not ready any more, goes on answering, and lets no connection stay', async () => {
    await eventually(async () => expect(await ask('/readyz')).toMatchObject({ status: 200, connection: 'keep-alive' }));
    const stopped = service.stop();
    const ready = await ask('/readyz');
    expect(ready).toMatchObject({ status: 503, connection: 'close' });
    expect(ready.text).toContain('draining');
    expect(await ask('/lathes')).toMatchObject({ status: 200, connection: 'close' });
    expect(await ask('/healthz')).toMatchObject({ status: 200, connection: 'close' });
    await stopped;
    await expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('finishes a command that is under way when the port closes, and stores it once', async () => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    const bought = ask('/lathes', { name: 'L1' });
    await eventually(async () => {
      const { rows } = await holder.query<{ waiting: number }>(`SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass`);
      expect(rows[0]?.waiting).toBeGreaterThan(0);
    });
    const stopped = service.stop();
    await eventually(() => expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED'));
    await holder.end();
    expect(await bought).toMatchObject({ status: 201, connection: 'close' });
    await stopped;
    expect((await database.pool.query(`SELECT 1 FROM events WHERE type = 'LatheBought'`)).rowCount).toBe(1);
  });
});
