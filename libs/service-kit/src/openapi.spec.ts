import { z } from 'zod';
import { commandRoutes } from './commands/command-routes.js';
import type { CommandServices } from './commands/execute.js';
import { openApiOf } from './openapi.js';
import { controllerRoutes, type ControllerServices } from './http/controller-routes.js';
import { errors, lathe, LatheController, buy, inspect, start, stop } from '../test/workshop.js';

const routes = [
  ...commandRoutes([[lathe, [buy, start, stop, inspect]]], {} as CommandServices),
  ...controllerRoutes([LatheController], { get: () => ({}) } as Partial<ControllerServices> as ControllerServices),
];
const document = openApiOf({ name: 'lab', version: '1.0.0', errors }, routes);

const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.unknown()),
  'x-permission': z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean(), schema: z.looseObject({}) })),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.looseObject({}) })) }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const paths = z.record(z.string(), z.partialRecord(z.enum(['get', 'post']), Operation)).parse(document['paths']);
const operation = (path: string, method: 'get' | 'post') => paths[path]?.[method];

describe('the OpenAPI document', () => {
  it('has every route, and none of internal commands', () => {
    expect(Object.keys(paths).sort()).toEqual(['/lathes', '/lathes/{id}:start', '/lathes/{id}:stop', '/lathes/{lathe}', '/lathes:batch', '/stop-reports']);
  });

  it('declares each parameter of a path, as the standard asks', () => {
    for (const [path, methods] of Object.entries(paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const one of Object.values(methods)) {
        expect(one?.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(names);
      }
    }
  });

  it('has operation ids that occur once', () => {
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one?.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says what a command takes, that it takes nothing else, and which headers it needs', () => {
    const begin = operation('/lathes/{id}:start', 'post');
    expect(begin?.requestBody?.content['application/json']?.schema).toMatchObject({ type: 'object', additionalProperties: false, properties: { speed: { enum: ['slow', 'fast'] } } });
    expect(begin?.parameters.filter(({ required }) => required).map(({ name }) => name)).toEqual(['id', 'Idempotency-Key', 'If-Match']);
    expect(Object.keys(begin?.responses ?? {})).toEqual(['200', '400', '401', '403', '404', '409', '412', '413', '415', '422', '428', '500', '503']);
  });

  it('lists the context’s own problems', () => {
    expect(document['x-problems']).toEqual({ 'end-in-the-past': { type: 'https://pioche.fr/problems/lab/end-in-the-past', ...errors['end-in-the-past'] } });
  });

  it('points only at what is in it', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) expect(name).toBe('#/components/schemas/Problem');
  });
});
