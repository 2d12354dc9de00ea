/** More than a service can do: it says so at once, keeps what it has acknowledged, and takes those who come back. */
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import pg from 'pg';
import { startService, type Service } from '../index.js';
import { testConfig } from '../../test/config.js';
import { WorkshopModule } from '../../test/workshop.js';

const PLACES = 40;
const CALLERS = 400;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code?: string;
}

describe('a flood', () => {
  let database: FreshDatabase;
  let service: Service & { url: string };
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    database = await freshDatabase();
    service = await startService({ module: WorkshopModule, config: { ...testConfig(database), maxInFlight: PLACES, databaseLimitMs: 500 } });
    tokens['operator'] = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    tokens['tenant'] = (await service.issuer?.mint({ subject: 'ann', role: 'tenant_member', tenant: 'tenant_a' })) ?? '';
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  const buy = async (key: string, who = 'operator'): Promise<Answer> => {
    const response = await fetch(`${service.url}/lathes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ name: key }),
    });
    const { code } = (await response.json()) as { code?: string };
    return { status: response.status, retryAfter: response.headers.get('retry-after'), ...(code !== undefined && { code }) };
  };
  /** The names that are in the log. */
  const stored = async (prefix: string): Promise<string[]> => {
    const { rows } = await database.pool.query<{ name: string }>(`SELECT data->>'name' AS name FROM events WHERE type = 'LatheBought' AND data->>'name' LIKE $1 ORDER BY 1`, [`${prefix}%`]);
    return rows.map(({ name }) => name);
  };
  /** Holds up every append, so that requests pile up. @returns a function that lets them go on */
  const holdAppends = async (): Promise<() => Promise<void>> => {
    const holder = new pg.Client({ connectionString: database.url });
    holder.on('error', () => {});
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    return () => holder.end();
  };

  it('is answered 503 with Retry-After beyond its places; all that was acknowledged is stored, and those who come back get in', async () => {
    const keys = Array.from({ length: CALLERS }, (_, n) => `flood-${n}`);
    const acknowledged = new Set<string>();
    let refused = 0;
    for (let waiting = keys, rounds = 0; waiting.length > 0 && rounds < 100; rounds += 1) {
      // Until the first is refused, nobody gets on: however fast the machine is, there are too many.
      let letGo = rounds === 0 ? await holdAppends() : undefined;
      const answers = await Promise.all(waiting.map(async (key) => {
        const answer = await buy(key);
        const held = letGo;
        letGo = undefined;
        await held?.();
        return { key, answer };
      }));
      const later: string[] = [];
      for (const { key, answer } of answers) {
        if (answer.status === 201) acknowledged.add(key);
        else {
          expect([answer.status, Number(answer.retryAfter) > 0]).toEqual([503, true]);
          refused += answer.code === 'busy' ? 1 : 0;
          later.push(key);
        }
      }
      waiting = later;
    }
    expect(refused).toBeGreaterThan(0);
    expect(acknowledged.size).toBe(CALLERS);
    expect(await stored('flood-')).toEqual(keys.toSorted());
  }, 60_000);

  it('while the database hangs: nobody waits for ever, health answers, and afterwards all is as before', async () => {
    const letGo = await holdAppends();
    const answers = await Promise.all(Array.from({ length: PLACES * 3 }, (_, n) => buy(`hang-${n}`)));
    const byCode = Object.groupBy(answers, ({ code = 'done' }) => code);
    expect(Object.keys(byCode).toSorted()).toEqual(['busy', 'not-ready']);
    expect(answers.every(({ status, retryAfter }) => status === 503 && Number(retryAfter) > 0)).toBe(true);
    expect(byCode['not-ready']?.length).toBeLessThanOrEqual(PLACES);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    await letGo();
    expect(await buy('hang-0')).toMatchObject({ status: 201 });
    expect(await stored('hang-0')).toEqual(['hang-0']);
  }, 60_000);

  it('of one tenant leaves room for others, and health answers without a place', async () => {
    const letGo = await holdAppends();
    const flood = Promise.all(Array.from({ length: PLACES * 2 }, (_, n) => buy(`tenant-${n}`, 'tenant')));
    await new Promise((resolve) => setTimeout(resolve, 100));
    // It gets in, and waits as they do, for the same database.
    const other = buy('other');
    const metrics = await fetch(`${service.url}/metrics`);
    expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining('pioche_requests_in_flight')]);
    expect((await other).code).toBe('not-ready');
    const codes = (await flood).map(({ code }) => code);
    expect(codes.filter((code) => code === 'busy').length).toBeGreaterThan(0);
    await letGo();
  }, 60_000);
});
