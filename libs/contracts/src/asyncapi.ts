/** AsyncAPI 3.0: what a context publishes, for people and for generators of code. */
import { eventsOf, type PublishedEvent } from './catalogue.js';
import { cloudEventText, dataSchemaUri } from './cloud-event.js';
import type { ContextName } from './define.js';
import type { JsonSchema } from './json-schema.js';

/** CloudEvents 1.0, Kafka protocol binding §3.3: structured mode says so in this one header. */
export const CLOUD_EVENTS_JSON = 'application/cloudevents+json; charset=UTF-8';

const text = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'string', description, ...more });

/** Attributes that all events share: CloudEvents 1.0 and our extensions. */
const ENVELOPE: JsonSchema = {
  type: 'object',
  description: 'A CloudEvent 1.0 in structured mode.',
  properties: {
    specversion: { const: '1.0' },
    id: text("The event's own id; the same at every delivery."),
    source: text('The context it happened in: /pioche/<context>.'),
    type: text('Its name and version.'),
    subject: text('Id of the aggregate it happened to; also the key of the Kafka record.'),
    time: text('When it happened.', { format: 'date-time' }),
    datacontenttype: { const: 'application/json' },
    dataschema: text('Names the schema of the data.', { format: 'uri' }),
    streamversion: { type: 'integer', minimum: 1, description: 'Place among the events of its subject, from 1, without holes.' },
    position: text("Place in the context's log: an integer that grows with every event, with holes.", { pattern: '^\\d+$' }),
    recordedtime: text('When it was written.', { format: 'date-time' }),
    correlationid: text('Shared by everything that followed from one request.'),
    causationid: text('Id of the command or event that caused it.'),
    actor: text('Who asked.'),
    tenant: text('The tenant it belongs to, if any.'),
    traceparent: text('W3C trace context of the request.'),
  },
  required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'streamversion', 'position', 'recordedtime', 'correlationid', 'causationid', 'actor', 'data'],
};

/** The whole event with an envelope, as it lies in Kafka. */
export function exampleOf(event: PublishedEvent): Readonly<Record<string, unknown>> {
  const recorded = '2026-11-17T10:00:00.000Z';
  return JSON.parse(
    cloudEventText({
      context: event.context,
      position: 1234,
      stream: `${event.aggregate.replaceAll('-', '_')}_01h2xcejqtf2nbrexx3vqjhp41`,
      version: 3,
      eventId: 'evt_01h2xcejqtf2nbrexx3vqjhp42',
      type: event.name,
      schemaVersion: event.version,
      dataJson: JSON.stringify(event.example),
      time: recorded,
      recordedTime: recorded,
      meta: { actor: 'user_42', correlationId: 'cmd_01h2xcejqtf2nbrexx3vqjhp43', causationId: 'cmd_01h2xcejqtf2nbrexx3vqjhp43' },
    }),
  ) as Record<string, unknown>;
}

const keyOf = ({ name, version }: PublishedEvent): string => `${name}.v${version}`;

/** Said of an event only while it is not as one would think: the current version is the one that is written. */
const standing = ({ current, written }: PublishedEvent) => {
  if (current === written) return {};
  return { description: written ? 'The version that is written now; a newer one follows.' : 'Not written yet: consumers have to know it before it is.' };
};

const messageOf = (event: PublishedEvent) => ({
  name: event.type,
  title: event.name,
  summary: event.meaning,
  contentType: CLOUD_EVENTS_JSON,
  tags: [{ name: event.aggregate }],
  payload: {
    allOf: [
      { $ref: '#/components/schemas/Envelope' },
      {
        type: 'object',
        properties: {
          type: { const: event.type },
          dataschema: { const: dataSchemaUri(event.context, event.name, event.version) },
          data: { $ref: `#/components/schemas/${keyOf(event)}` },
        },
      },
    ],
  },
  ...standing(event),
  ...(event.example !== undefined && { examples: [{ name: keyOf(event), payload: exampleOf(event) }] }),
});

/**
 * @param options.topic the Kafka topic of the context @param options.version of the running software
 */
export function asyncApi(context: ContextName, options: { readonly topic?: string; readonly version?: string } = {}): Readonly<Record<string, unknown>> {
  const { topic = `pioche.${context}`, version = '1.0.0' } = options;
  const events = eventsOf(context);
  const named = <T>(make: (event: PublishedEvent) => T) => Object.fromEntries(events.map((event) => [keyOf(event), make(event)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: `Pioche ${context}: events`,
      version,
      description: 'Events in the order of the log, keyed by subject: those of one subject keep their order. Each may arrive more than once; its id tells. New fields may come at any time.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: CLOUD_EVENTS_JSON,
    channels: {
      [context]: {
        address: topic,
        description: `What happens in ${context}.`,
        messages: named((event) => ({ $ref: `#/components/messages/${keyOf(event)}` })),
        bindings: { kafka: { topic } },
      },
    },
    operations: {
      publish: {
        action: 'send',
        channel: { $ref: `#/channels/${context}` },
        messages: events.map((event) => ({ $ref: `#/channels/${context}/messages/${keyOf(event)}` })),
      },
    },
    components: {
      messages: named(messageOf),
      schemas: { Envelope: ENVELOPE, ...named(({ schema }) => schema) },
    },
  };
}
