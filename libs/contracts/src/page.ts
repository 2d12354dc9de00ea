/** `docs/events.md`: every event with its meaning, fields and an example. */
import { eventsOf, type PublishedEvent } from './catalogue.js';
import { CONTEXTS } from './define.js';
import type { JsonSchema } from './json-schema.js';

const INTRODUCTION = `# Events

Generated from \`libs/contracts\` by \`npm run contracts:page\`; a test keeps it current.

Each context publishes its events on its own Kafka topic, in the order of its log, keyed by \`subject\`. An event is a
CloudEvent 1.0 in structured mode: the record's value is the whole of it, the fields below are its \`data\`. It may be
delivered more than once and always has the same \`id\`. Fields may be added to a version; anything else that consumers
could notice makes a new version. A field with \`?\` may be absent.
`;

/** The whole page, Markdown. */
export const eventsPage = (): string => [INTRODUCTION, contents(), ...CONTEXTS.map(section)].join('\n');

const contents = (): string => CONTEXTS.map((context) => `- [${context}](#${context}): ${eventsOf(context).filter(({ current }) => current).length} events`).join('\n') + '\n';

function section(context: (typeof CONTEXTS)[number]): string {
  const byAggregate = Map.groupBy(eventsOf(context).filter(({ current }) => current), ({ aggregate }) => aggregate);
  return [`## ${context}\n`, ...[...byAggregate].flatMap(([aggregate, events]) => [`### ${aggregate}\n`, ...events.map(entry)])].join('\n');
}

function entry(event: PublishedEvent): string {
  const { name, type, meaning, schema, example } = event;
  const rows = [...fieldsOf(schema, '')].map(({ path, kind, description }) => `| \`${path}\` | ${kind} | ${description} |`);
  const table = rows.length === 0 ? 'No fields.' : ['| field | type | |', '|---|---|---|', ...rows].join('\n');
  return `#### ${name}\n\n${meaning}\n\n\`${type}\`${writtenInstead(event)}\n\n${table}\n\n\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\`\n`;
}

/** While both releases run, an older version is what consumers get. */
function writtenInstead({ context, name, written }: PublishedEvent): string {
  const older = written ? undefined : eventsOf(context).find((other) => other.name === name && other.written);
  return older === undefined ? '' : `: consumers have to know it; written is still \`${older.type}\``;
}

interface Field {
  readonly path: string;
  readonly kind: string;
  readonly description: string;
}

function* fieldsOf(schema: JsonSchema, prefix: string): Generator<Field> {
  const shapes = schema.anyOf ?? schema.oneOf;
  if (shapes) for (const shape of shapes) yield* fieldsOf(shape, prefix);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const path = `${prefix}${name}${schema.required?.includes(name) ? '' : '?'}`;
    yield { path, kind: cell(kindOf(field)), description: cell(field.description ?? '') };
    yield* fieldsOf(field, `${path}.`);
    if (field.items) yield* fieldsOf(field.items, `${path}[].`);
  }
}

function kindOf(schema: JsonSchema): string {
  const shapes = schema.anyOf ?? schema.oneOf;
  if (shapes) return [...new Set(shapes.map(kindOf))].join(' or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items) return `list of ${kindOf(schema.items)}`;
  if (schema.format === 'date-time') return 'instant';
  const { minimum, exclusiveMinimum, maximum } = schema;
  const limits = Object.entries({ '≥': minimum, '>': exclusiveMinimum, '≤': maximum }).flatMap(([sign, limit]) => (limit === undefined ? [] : `${sign} ${limit}`));
  return [[schema.type ?? 'anything'].flat().join(' or '), ...limits].join(' ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
