import { superpodEvents, type RecordedOf } from '@pioche/contracts';
import { AggregateStore } from '@pioche/event-store';
import { createService, readConfig, tellOf, type Service, type Tell } from '@pioche/service-kit';
import { eventually, freshDatabase, NOW, type FreshDatabase } from '@pioche/testing';
import { InventoryModule } from '../inventory.module.js';
import { plan } from '../superpod/superpod.commands.js';
import { commissionSuperpod } from './commission-superpod.js';

const SUPERPOD = 'superpod_01h2xcejqtf2nbrexx3vqjhp43';
const wanted = {
  name: 'p1', site: 'site_01h2xcejqtf2nbrexx3vqjhp41' as const, hall: 'hall_01h2xcejqtf2nbrexx3vqjhp42' as const, scalable_units: 1,
  burn_in_hours: 0, country: 'FR', jurisdiction: 'FR', certifications: [],
};

describe('building a SuperPOD', () => {
  let database: FreshDatabase;
  let service: Service;

  beforeAll(async () => {
    database = await freshDatabase();
    const config = readConfig({ DATABASE_URL: database.urls.service, DATABASE_OWNER_URL: database.urls.owner, DATABASE_READER_URL: database.urls.reader, BROKER: 'log', CLOCK: 'simulated', LOG_LEVEL: 'error', ISSUER_SECRET: 'a secret that only this test knows, 32+' });
    service = await createService({ module: InventoryModule, config });
  });
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  it('goes on where a process died, and ends with every piece once', async () => {
    const aggregates = service.app.get(AggregateStore, { strict: false });
    await aggregates.execute(plan, SUPERPOD, plan.input.parse(wanted), { commandId: 'cmd_plan', actor: 'olga', now: NOW });
    const [planned] = (await service.store.readAll({ after: 0, limit: 1 })) as RecordedOf<typeof superpodEvents>[];
    if (planned === undefined) throw new Error('it was planned');

    let left = 200;
    const tell = tellOf(aggregates, { key: ['reaction', commissionSuperpod.name, planned.id], actor: `reaction:${commissionSuperpod.name}`, now: NOW });
    const dying: Tell = (command, id, input, options) => ((left -= 1) < 0 ? Promise.reject(new Error('the process died')) : tell(command, id, input, options));
    const never = () => Promise.reject(new Error('it only tells'));
    await expect(commissionSuperpod.react(planned, { tell: dying, ask: never, append: never, load: never, now: NOW })).rejects.toThrow('died');
    const written = () => database.pool.query<{ type: string; count: number }>('SELECT type, count(*)::int FROM events GROUP BY type ORDER BY type');
    await eventually(async () => expect((await written()).rows).toContainEqual({ type: 'PartRegistered', count: 159 }));

    await service.start();
    await eventually(async () => {
      const { rows } = await written();
      const { HealthWatchStarted: watches, ...counts } = Object.fromEntries(rows.map(({ type, count }) => [type, count]));
      expect(watches).toBe(2 * 31);
      expect(counts).toEqual({
        SuperpodPlanned: 1, RackInstalled: 10,
        NodeOrdered: 31, NodeReceived: 31, NodeRacked: 31, NodeCommissioningStarted: 31, NodeBurnInStarted: 31, NodePutInService: 31,
        PartRegistered: 522 + 248, PartInstalled: 522 + 248,
      });
    });
  });
});
