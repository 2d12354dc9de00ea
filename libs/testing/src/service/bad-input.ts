/** What every POST route must refuse, and how: one table for all contexts. */
import { derivedId, prefixOf } from '@pioche/kernel';
import type { Route } from '@pioche/service-kit';
import type { Client, PostOptions } from './client.js';
import type { ServiceUnderTest } from './start-for-test.js';
import { otherThan, WRONG_FIELD, wrongOnes } from './variations.js';

/** A request that a route accepts, once at least. */
export interface Example {
  /** Values of the path's parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Another body that the schema accepts, where none is found by changing a field. */
  readonly other?: object;
  /** Who asks; an operator when absent. */
  readonly as?: Client;
  /** The route begins what is not there: no id is unknown to it. */
  readonly upserts?: true;
}

/** Path → its example, or what prepares one. Every POST route of the service needs one. */
export type Examples = Readonly<Record<string, Example | (() => Promise<Example>)>>;

interface Case {
  readonly name: string;
  readonly path: string;
  readonly body: unknown;
  readonly options: PostOptions;
  readonly status: number;
  readonly code: string;
  /** Where the problem must point to. */
  readonly pointer?: string;
}

/**
 * Declares a suite: each route answers each kind of bad input with its problem, and writes nothing.
 * @param service as it is once `beforeAll` has run
 */
export function describeBadInput(service: () => ServiceUnderTest, examples: Examples): void {
  describe('bad input', () => {
    // What every service has is tried once, where it is made.
    const routes = () => service().service.routes.filter(({ method, tag }) => method === 'POST' && tag !== 'service');

    it('is tried on every POST route', () => {
      expect(Object.keys(examples).toSorted()).toEqual(routes().map(({ path }) => path).toSorted());
    });

    it.each(Object.entries(examples))('is refused by POST %s, and changes nothing', async (path, given) => {
      const route = routes().find((each) => each.path === path);
      if (route === undefined) throw new Error(`there is no route POST ${path}`);
      const example = typeof given === 'function' ? await given() : given;
      const caller = example.as ?? service().as('operator');
      const said = [];
      const cases = casesOf(route, example);
      for (const one of cases) said.push(await tried(service(), caller, one));
      expect(said).toEqual(cases.map(({ name, status, code, pointer }) => ({ name, status, code, pointer, wrote: false })));
      await expectHarmlessRepeat(service(), caller, route, example);
    });
  });
}

async function tried(service: ServiceUnderTest, caller: Client, { name, path, body, options, pointer }: Case) {
  const before = await settledHead(service);
  const { status, body: problem } = await caller.post(path, body, options);
  // What points into the field points to it; what else is wrong is shown.
  const pointed = problem.errors?.find((error) => pointer !== undefined && (error.pointer === pointer || error.pointer?.startsWith(`${pointer}/`)));
  return { name, status, code: problem.code, pointer: pointed ? pointer : pointer && JSON.stringify(problem.errors), wrote: (await settledHead(service)) !== before };
}

async function settledHead(service: ServiceUnderTest): Promise<number> {
  await service.settled();
  return service.service.store.head();
}

const pathOf = ({ path }: Route, params: Readonly<Record<string, string>> = {}): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? fail(`POST ${path}: its example lacks the parameter ${name}`));

const fail = (reason: string): never => {
  throw new Error(reason);
};

function casesOf(route: Route, { params, body = {}, upserts }: Example): Case[] {
  const path = pathOf(route, params);
  const invalid = { path, options: {}, status: 400, code: 'validation-failed' };
  const cases: Case[] = [
    { name: 'an unknown field', ...invalid, body: { ...body, [WRONG_FIELD]: 1 }, pointer: `/${WRONG_FIELD}` },
    ...wrongOnes(body).map(([field, wrong]) => ({ name: `wrong ${field}`, ...invalid, body: wrong, pointer: `/${field}` })),
  ];
  if (route.kind === 'command') {
    cases.push({ name: 'no Idempotency-Key', path, body, options: { key: '' }, status: 400, code: 'idempotency-key-missing' });
  }
  const id = params?.['id'];
  if (id !== undefined && prefixOf(id) !== '' && !upserts) {
    const unknown = pathOf(route, { ...params, id: derivedId(prefixOf(id), 'unknown', id) });
    cases.push({ name: 'an unknown id', path: unknown, body, options: {}, status: 404, code: 'unknown' });
  }
  if (route.preconditioned === true) {
    cases.push(
      { name: 'without If-Match', path, body, options: { match: null }, status: 428, code: 'if-match-missing' },
      { name: 'a stale If-Match', path, body, options: { match: 999_999 }, status: 412, code: 'version-conflict' },
    );
  }
  return cases;
}

/** Done once; the same again is answered the same and writes nothing; with another body the key is refused. */
async function expectHarmlessRepeat(service: ServiceUnderTest, caller: Client, route: Route, example: Example): Promise<void> {
  const path = pathOf(route, example.params);
  const body = example.body ?? {};
  const options = { key: `example of ${path}` };
  const first = await caller.post(path, body, options);
  const summary = { path, status: route.success };
  expect({ path, status: first.status, ...(first.status === route.success ? {} : { problem: first.body }) }).toEqual(summary);
  const head = await settledHead(service);

  const again = await caller.post(path, body, options);
  expect({ path, status: again.status }).toEqual(summary);
  if (route.kind === 'command') expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', first.body]);

  const other = example.other ?? otherThan(body, route.body);
  if (other !== undefined && route.kind !== 'batch' && route.keyInBody !== true) {
    const reused = await caller.post(path, other, options);
    expect({ path, other, status: reused.status, code: reused.body.code }).toEqual({ path, other, status: 422, code: 'idempotency-key-reused' });
  }
  expect({ path, head: await settledHead(service) }).toEqual({ path, head });
}
