import { Controller, Module } from '@nestjs/common';
import { ReadModels } from '@pioche/projections';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { testConfig } from '../test/config.js';
import { buy, errors, lathe, latheEvents, LatheRow, latheView } from '../test/workshop.js';
import { Action, context, Query, startService, type ActionAsked, type Role, type Service } from './index.js';

const Names = z.object({ names: z.array(z.string()) });
const rows = (db: DataSource): Promise<LatheRow[]> => db.getRepository(LatheRow).find({ order: { name: 'ASC' } });

/** Whoever wrote this has never heard of tenants. */
@Controller()
class ForgetfulController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/everything', summary: 'Every lathe.', may: 'use-lathes', returns: Names, from: [latheView] })
  async everything() {
    return { names: (await rows(this.db)).map(({ name }) => name) };
  }

  @Query({ path: '/in-sql', summary: 'Every lathe.', may: 'use-lathes', returns: Names, from: [latheView] })
  async inSql() {
    const [{ names } = { names: [] }] = await this.db.query<{ names: string[] }[]>(`SELECT coalesce(json_agg(name ORDER BY name), '[]') AS names FROM (SELECT name, pg_sleep(0.002) FROM lathe_view_v1) l`);
    return { names };
  }

  @Query({ path: '/public', summary: 'Every lathe.', public: true, returns: Names, from: [latheView] })
  publicly() {
    return this.everything();
  }

  @Action({ path: '/asked', summary: 'Every lathe.', may: 'use-lathes', returns: Names, keyInBody: true })
  async asked({ ask }: ActionAsked) {
    return { names: (await ask(rows)).map(({ name }) => name) };
  }
}

@Module(context({
  name: 'lab',
  events: [latheEvents],
  aggregates: [[lathe, { buy }]],
  readModels: [latheView],
  controllers: [ForgetfulController],
  errors,
  permissions: { 'use-lathes': ['operator', 'tenant_admin'] },
}))
class ForgetfulModule {}

const LOGINS = { 'with a role for each purpose': undefined, 'with one role for everything': { databaseReaderUrl: undefined, databaseOwnerUrl: undefined } };

describe.each(Object.entries(LOGINS))('a controller that forgets whose rows it may show, %s', (_, login) => {
  let database: FreshDatabase;
  let service: Service & { url: string };
  let last = '';

  beforeAll(async () => {
    database = await freshDatabase();
    const config = { ...testConfig(database), databasePool: 2, ...(login && { ...login, databaseUrl: database.urls.owner }) };
    service = await startService({ module: ForgetfulModule, config });
    for (const [name, tenant] of [['a1', 'a'], ['a2', 'a'], ['b1', 'b'], ['nobody’s']]) {
      const { position } = await ask<{ position: number }>('POST', '/lathes', 'operator', undefined, { name, ...(tenant && { tenant }) });
      last = `lab:${position}`;
    }
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  let keys = 0;
  async function ask<T>(method: string, path: string, role: Role | undefined, tenant?: string, body?: object): Promise<T> {
    const token = role && (await service.issuer?.mint({ subject: role, role, ...(tenant !== undefined && { tenant }) }));
    const response = await fetch(service.url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(last && { 'pioche-after': last }),
        ...(method === 'POST' && { 'content-type': 'application/json', 'idempotency-key': `k${(keys += 1)}`, 'pioche-simulated-time': '2026-11-17T10:00:00.000Z' }),
      },
      ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
    });
    const answer = (await response.json()) as T;
    expect({ status: response.status, answer }).toMatchObject({ status: path === '/lathes' ? 201 : 200 });
    return answer;
  }
  const WAYS = [['GET', '/everything'], ['GET', '/in-sql'], ['POST', '/asked']] as const;
  const namesFor = async (tenant: string | undefined, [method, path]: readonly [string, string]): Promise<readonly string[]> =>
    (await ask<z.infer<typeof Names>>(method, path, tenant === undefined ? 'operator' : 'tenant_admin', tenant)).names;

  it.each(WAYS)('shows a tenant its own all the same: %s %s', async (...way) => {
    expect(await namesFor('a', way)).toEqual(['a1', 'a2']);
    expect(await namesFor('b', way)).toEqual(['b1']);
    expect(await namesFor('c', way)).toEqual([]);
    expect(await namesFor(undefined, way)).toEqual(['a1', 'a2', 'b1', 'nobody’s']);
  });

  it('shows nothing to somebody unknown', async () => {
    expect(await ask('GET', '/public', undefined)).toEqual({ names: [] });
  });

  it('shows each its own when they ask at once, on two connections', async () => {
    const wanted: Record<string, string[]> = { a: ['a1', 'a2'], b: ['b1'], '': ['a1', 'a2', 'b1', 'nobody’s'] };
    await Promise.all(Array.from({ length: 90 }, async (__, i) => {
      const tenant = ['a', 'b', ''][i % 3] ?? '';
      expect(await namesFor(tenant === '' ? undefined : tenant, WAYS[i % 2] ?? WAYS[0])).toEqual(wanted[tenant]);
    }));
  });

  it('goes on to when the read model was built anew', async () => {
    await service.app.get(ReadModels, { strict: false }).rebuild(latheView.name);
    await eventually(async () => {
      const { rows: found } = await database.pool.query(`SELECT generation FROM projections WHERE state = 'live'`);
      expect(found).toEqual([{ generation: 2 }]);
    });
    expect(await namesFor('b', WAYS[0])).toEqual(['b1']);
    expect(await namesFor(undefined, WAYS[0])).toHaveLength(4);
  });
});
