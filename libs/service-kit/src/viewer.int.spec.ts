import { jest } from '@jest/globals';
import { AS_PLATFORM, isolated } from '@pioche/projections';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import pg from 'pg';
import { asPlatform, onBehalfOf, ViewerPool } from './viewer.js';

const TENANTS = ['tenant_a', 'tenant_b', null];

describe('connections for queries', () => {
  let database: FreshDatabase;
  let pool: ViewerPool;
  const seen = async (): Promise<unknown> => (await pool.query<{ tenant: string | null }>('SELECT tenant FROM mine ORDER BY tenant')).rows.map(({ tenant }) => tenant);
  const of = <T>(tenant: string, work: () => T): T => onBehalfOf({ tenant }, work);

  beforeAll(async () => {
    database = await freshDatabase();
    const owner = new pg.Client({ connectionString: database.urls.owner, options: AS_PLATFORM });
    await owner.connect();
    await owner.query('CREATE TABLE mine (tenant text); CREATE TABLE everyones (name text)');
    for (const statement of [...isolated('mine', 'own'), ...isolated('everyones', 'shared')]) await owner.query(statement);
    await owner.query(`GRANT SELECT ON mine, everyones TO ${pg.escapeIdentifier(decodeURIComponent(new URL(database.urls.reader).username))}`);
    for (const tenant of TENANTS) await owner.query('INSERT INTO mine VALUES ($1)', [tenant]);
    await owner.query(`INSERT INTO everyones VALUES ('a')`);
    await owner.end();
  });
  beforeEach(() => (pool = new ViewerPool({ connectionString: database.urls.reader, max: 1 })));
  afterEach(() => pool.end());
  afterAll(() => database?.drop());

  it('see a tenant’s rows for a tenant, every row for the platform, and none for nobody', async () => {
    expect(await of('tenant_a', seen)).toEqual(['tenant_a']);
    expect(await onBehalfOf({}, seen)).toEqual(TENANTS);
    expect(await asPlatform(seen)).toEqual(TENANTS);
    expect(await onBehalfOf(null, seen)).toEqual([]);
    expect(await seen()).toEqual([]);
    expect(await of('', seen)).toEqual([]);
    expect(await of('on', seen)).toEqual([]);
  });

  it('see what is shared for any tenant, and for nobody nothing', async () => {
    const shared = async () => (await pool.query('SELECT FROM everyones')).rowCount;
    expect([await of('tenant_b', shared), await onBehalfOf({}, shared), await onBehalfOf(null, shared)]).toEqual([1, 1, 0]);
  });

  it('never show one what another was shown, however they take turns on one connection', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => {
      const tenant = i % 3 === 0 ? null : `tenant_${'ab'[i % 2]}`;
      return onBehalfOf(tenant === null ? null : { tenant }, async () => ({ tenant, rows: await seen() }));
    }));
    for (const { tenant, rows } of answers) expect(rows).toEqual(tenant === null ? [] : [tenant]);
  });

  it('are turned only when the next one is another', async () => {
    const query = jest.spyOn(pg.Client.prototype, 'query');
    const turns = () => query.mock.calls.filter(([asked]) => (asked as { name?: string }).name === 'look_as').length;
    for (let i = 0; i < 5; i += 1) await of('tenant_a', seen);
    expect(turns()).toBe(1);
    await of('tenant_b', seen);
    await of('tenant_b', seen);
    expect(turns()).toBe(2);
    query.mockRestore();
  });

  it('are not lent again when they could not be turned', async () => {
    await of('tenant_a', seen);
    const broken = jest.spyOn(pg.Client.prototype, 'query').mockImplementationOnce(() => {
      throw new Error('lost');
    });
    await expect(of('tenant_b', seen)).rejects.toThrow('lost');
    broken.mockRestore();
    expect(pool.totalCount).toBe(0);
    expect(await of('tenant_b', seen)).toEqual(['tenant_b']);
  });
});
