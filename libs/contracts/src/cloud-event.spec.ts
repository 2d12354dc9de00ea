import { assert, json, option, property, string } from 'fast-check';
import { cloudEventText, MalformedEventError, parseCloudEvent, parseCloudEventHead, type CloudEventRow } from './cloud-event.js';

const row: CloudEventRow = {
  context: 'inventory',
  position: 3_000_000_000,
  stream: 'node_01h2xcejqtf2nbrexx3vqjhp41',
  version: 7,
  eventId: 'evt_01h2xcejqtf2nbrexx3vqjhp42',
  type: 'NodeDrainStarted',
  schemaVersion: 2,
  dataJson: '{"reason": "an odd ,\\"data\\": in it"}',
  time: '2026-11-17T10:00:00.000Z',
  recordedTime: '2026-11-17T10:00:01.000Z',
  meta: { actor: 'ops "Léa"', correlationId: 'c1', causationId: 'c2', tenant: 'tenant_1' },
};

describe('the CloudEvent of an event', () => {
  it('is CloudEvents 1.0 with our extensions, attributes in one order, data last', () => {
    const event = JSON.parse(cloudEventText(row));
    expect(Object.keys(event).join(' ')).toBe(
      'specversion id source type subject time datacontenttype dataschema streamversion ' +
        'position recordedtime correlationid causationid actor tenant data',
    );
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/pioche/inventory',
      type: 'fr.pioche.inventory.NodeDrainStarted.v2',
      dataschema: 'https://pioche.fr/schemas/inventory/NodeDrainStarted/v2',
      position: '3000000000',
      streamversion: 7,
    });
  });

  it('keeps the stored text of the data', () => {
    expect(cloudEventText(row)).toContain(`,"data":${row.dataJson}}`);
  });

  it('is read the same when somebody else has written it, in another way', () => {
    assert(
      property(string(), option(string(), { nil: undefined }), (actor, tenant) => {
        const raw = cloudEventText({ ...row, meta: { ...row.meta, actor, tenant } });
        expect(parseCloudEventHead(raw.replace('{', '{ '))).toEqual(parseCloudEventHead(raw));
      }),
    );
  });

  it('comes back whole', () => {
    assert(
      property(string(), string(), json(), (actor, traceparent, dataJson) => {
        const raw = cloudEventText({ ...row, dataJson, meta: { ...row.meta, actor, traceparent } });
        expect(parseCloudEvent(raw)).toEqual({
          type: row.type,
          data: JSON.parse(dataJson),
          id: row.eventId,
          context: 'inventory',
          subject: row.stream,
          version: 7,
          position: 3_000_000_000,
          time: row.time,
          recordedTime: row.recordedTime,
          schemaVersion: 2,
          correlationId: 'c1',
          causationId: 'c2',
          tenant: 'tenant_1',
          actor,
          traceparent,
        });
      }),
    );
  });

  it.each([
    ['not JSON', 'not json'],
    ['no attributes', '{}'],
    ['null', 'null'],
    ['a foreign type', cloudEventText(row).replace('fr.pioche.inventory', 'com.example.other')],
  ])('refuses %s', (_, raw) => {
    expect(() => parseCloudEventHead(raw)).toThrow(MalformedEventError);
  });

  it('refuses an event without data', () => {
    expect(() => parseCloudEvent(cloudEventText(row).replace(/,"data":.*$/, '}'))).toThrow(MalformedEventError);
  });
});
