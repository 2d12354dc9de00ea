import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { startService, type Service } from '../index.js';
import { testConfig } from '../../test/config.js';
import { WorkshopModule } from '../../test/workshop.js';

describe('the read models of a service', () => {
  let database: FreshDatabase;
  let service: Service & { url: string };
  let operator = '';
  let member = '';

  beforeAll(async () => {
    database = await freshDatabase();
    service = await startService({ module: WorkshopModule, config: testConfig(database) });
    operator = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    member = (await service.issuer?.mint({ subject: 'ann', role: 'tenant_member', tenant: 'tenant_a' })) ?? '';
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  const send = async (method: string, path: string, token = operator, body?: object) => {
    const response = await fetch(service.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json', 'idempotency-key': path }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  it('are rebuilt when an operator asks for it, and shown while they are', async () => {
    const bought = await send('POST', '/lathes', operator, { name: 'L1' });
    await eventually(async () => expect((await send('GET', `/lathes/${bought.body.id}`)).status).toBe(200));
    await database.pool.query(`UPDATE lathe_view_v1 SET name = 'spoilt'`); // what only a rebuild repairs
    const { body: before } = await send('GET', '/read-models');
    expect(before.items).toEqual([
      { name: 'lathe_view', building: null, live: { version: 1, generation: 1, since: expect.any(String), positions: [{ source: 'lab', position: bought.body.position }], parked: 0 } },
    ]);
    const asked = await send('POST', '/read-models/lathe_view:rebuild');
    expect([asked.status, asked.body]).toEqual([202, expect.objectContaining({ name: 'lathe_view' })]);
    await eventually(async () => {
      const [model] = (await send('GET', '/read-models')).body.items;
      expect(model).toMatchObject({ building: null, live: { version: 1, generation: 2, positions: [{ source: 'lab', position: bought.body.position }] } });
    }, 20_000);
    expect((await send('GET', `/lathes/${bought.body.id}`)).body.name).toBe('L1');
  }, 40_000);

  it('are for operators, and known by name', async () => {
    expect((await send('POST', '/read-models/lathe_view:rebuild', member)).status).toBe(403);
    expect((await send('GET', '/read-models', member)).status).toBe(403);
    const nothing = await send('POST', '/read-models/nothing:rebuild');
    expect([nothing.status, nothing.body.code, nothing.body.details.read_models]).toEqual([404, 'unknown', ['lathe_view']]);
  });

  it('are documented', async () => {
    const { body } = await send('GET', '/openapi.json');
    const rebuild = body.paths['/read-models/{name}:rebuild'].post;
    expect(Object.keys(rebuild.responses)).toEqual(expect.arrayContaining(['202', '403', '404', '503']));
    expect(body.paths['/read-models'].get.responses['200'].content['application/json'].schema).toBeDefined();
  });
});
