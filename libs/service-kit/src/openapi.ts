/** OpenAPI 3.1 of a service, made from its routes. */
import { z } from 'zod';
import type { Route } from './http/route.js';
import { commonErrors, problemType, type CommonCode, type ErrorCatalogue } from './problem.js';

type Json = Record<string, unknown>;

export interface OpenApiInfo {
  readonly name: string;
  readonly version: string;
  readonly errors: ErrorCatalogue;
}

/** What comes in has no unknown fields; what goes out may get new ones. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
    override({ jsonSchema }) {
      if (io === 'output') delete jsonSchema.additionalProperties;
      else if (jsonSchema.type === 'object' && jsonSchema.properties !== undefined) jsonSchema.additionalProperties ??= false;
    },
  });
  return hoist(json);
}

/** zod puts shared schemas under `$defs` and points there from the schema's root: inside a document they are inlined. */
function hoist({ $defs, ...json }: Json): Json {
  if ($defs === undefined) return json;
  const definitions = $defs as Readonly<Record<string, Json>>;
  const inline = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => inline(item, depth));
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...rest } = value as Json;
    const definition = typeof $ref === 'string' ? definitions[$ref.replace('#/$defs/', '')] : undefined;
    // A schema that contains itself is shown three levels deep.
    if (definition !== undefined) return depth > 3 ? {} : inline({ ...definition, ...rest }, depth + 1);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inline(part, depth)]));
  };
  return inline(json, 0) as Json;
}

const HEADERS = {
  'Idempotency-Key': { required: true, description: 'A new one for each intention: the same again writes nothing and gets the same answer.', schema: { type: 'string', minLength: 1, maxLength: 255 }, example: '6f1c2a0e-1' },
  'If-Match': { required: true, description: 'The version you have read ("<version>", of ETag), or * for any.', schema: { type: 'string' }, example: '"3"' },
  'Pioche-After': { required: false, description: 'Pioche-Position of an earlier answer: wait until this query has it.', schema: { type: 'string' }, example: 'inventory:1234' },
  'Pioche-Simulated-Time': { required: false, description: 'Only with the simulated clock: the time at which this happens.', schema: { type: 'string', format: 'date-time' } },
} as const;

const header = (name: keyof typeof HEADERS): Json => ({ name, in: 'header', ...HEADERS[name] });

function parametersOf(where: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }));
}

function headersOf({ kind, method, preconditioned }: Route): Json[] {
  if (kind === 'public') return [];
  return [
    ...(method === 'POST' && kind !== 'batch' ? [header('Idempotency-Key')] : []),
    ...(preconditioned === true ? [header('If-Match')] : []),
    ...(kind === 'query' ? [header('Pioche-After')] : []),
    header('Pioche-Simulated-Time'),
  ];
}

/** The codes that a route's problems have in common with those of its kind. */
function problemsOf(route: Route): CommonCode[] {
  if (route.kind === 'public') return [];
  const codes: CommonCode[] = ['validation-failed', 'internal', 'busy', 'not-ready'];
  if ('permission' in route.access) codes.push('unauthenticated', 'permission-denied');
  if (route.path.includes('{')) codes.push('unknown');
  if (route.kind === 'query') codes.push('not-caught-up');
  if (route.method === 'POST') codes.push('payload-too-large', 'unsupported-media-type');
  if (route.kind === 'command') codes.push('idempotency-key-reused', 'transition-not-allowed');
  if (route.preconditioned === true) codes.push('version-conflict', 'if-match-missing');
  return codes;
}

function responsesOf(route: Route): Json {
  const success = {
    description: route.summary,
    ...(route.returns === undefined ? {} : { content: { [route.media ?? 'application/json']: { schema: schemaOf(route.returns, 'output') } } }),
    ...(route.kind === 'command'
      ? { headers: { ETag: { schema: { type: 'string' }, description: 'Its version.' }, 'Pioche-Position': { schema: { type: 'string' }, description: 'Where the last event is, for Pioche-After.' }, 'Idempotency-Replayed': { schema: { type: 'string' }, description: 'true: it had been done before.' } } }
      : {}),
  };
  const problems = Map.groupBy(problemsOf(route), (code) => commonErrors[code].status);
  return {
    [route.success]: success,
    ...Object.fromEntries([...problems].map(([status, codes]) => [status, problemResponse(codes)])),
  };
}

const problemResponse = (codes: readonly CommonCode[]): Json => ({
  description: codes.join(', '),
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(codes.map((code) => [code, { value: { type: problemType('common', code), ...commonErrors[code], code } }])),
    },
  },
});

const operationOf = (route: Route): Json => ({
  operationId: `${route.tag.replaceAll('-', '_')}_${route.operation}`,
  summary: route.summary,
  tags: [route.tag],
  ...('permission' in route.access ? { security: [{ token: [] }], 'x-permission': route.access.permission } : { security: [] }),
  parameters: [...parametersOf('path', route.params), ...parametersOf('query', route.query), ...headersOf(route)],
  ...(route.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }),
  responses: responsesOf(route),
});

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457 problem details.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Stable: what kind of problem this is.' },
    title: { type: 'string', description: 'What to do next.' },
    status: { type: 'integer' },
    code: { type: 'string' },
    details: { type: 'object', description: 'What the rule has seen, for instance what is allowed.' },
    errors: {
      type: 'array',
      description: 'Each wrong value.',
      items: { type: 'object', required: ['reason'], properties: { pointer: { type: 'string' }, parameter: { type: 'string' }, reason: { type: 'string' }, allowed: {} } },
    },
    trace_id: { type: 'string' },
  },
};

/** The document. Its server is relative, so that it is right behind any prefix. */
export function openApiOf({ name, version, errors }: OpenApiInfo, routes: readonly Route[]): Json {
  const paths = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: { title: `Pioche ${name}`, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '.' }],
    paths: Object.fromEntries([...paths].map(([path, at]) => [path, Object.fromEntries(at.map((route) => [route.method.toLowerCase(), operationOf(route)]))])),
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
    'x-problems': Object.fromEntries(Object.entries(errors).map(([code, { status, title }]) => [code, { type: problemType(name, code), status, title }])),
  };
}
