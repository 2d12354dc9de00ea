/** The read models of a service: operators look at them, and have one built anew. */
import { CONTEXTS } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import type { Build, ReadModels } from '@pioche/projections';
import { z } from 'zod';
import { ProblemError } from '../problem.js';
import type { Route } from './route.js';
import { validate } from './validate.js';

const Shown = z.object({
  version: z.int().meta({ description: 'Of the code that builds it.' }),
  generation: z.int().meta({ description: 'Counts its rebuilds in this version.' }),
  since: Instant,
  positions: z.array(z.object({ source: z.enum(CONTEXTS), position: z.int() })).meta({ description: 'How far it is in each log.' }),
  parked: z.int().meta({ description: 'Events among its dead letters, and those that wait behind them. A build that has more of them than what is live is not switched to.' }),
});
const ReadModel = z
  .object({
    name: z.string(),
    live: Shown.nullable().meta({ description: 'What queries read.' }),
    building: Shown.nullable().meta({ description: 'What will take its place when it is as far.' }),
  })
  .meta({ id: 'ReadModel' });
const Listing = z.object({ items: z.array(ReadModel) });
const Params = z.object({ name: z.string().max(90) });

const shown = (build: Build | undefined): z.infer<typeof Shown> | null =>
  build === undefined ? null : { ...build, since: build.since.toISOString(), positions: [...build.positions].map(([source, position]) => ({ source, position })) };

export function readModelRoutes(readModels: Pick<ReadModels, 'builds' | 'rebuild'>): Route[] {
  const shared = { access: { permission: 'operate-platform' }, tag: 'service' } as const;
  const all = async (): Promise<z.infer<typeof ReadModel>[]> =>
    (await readModels.builds()).map(({ readModel, live, building }) => ({ name: readModel, live: shown(live), building: shown(building) }));
  return [
    {
      ...shared,
      method: 'GET',
      path: '/read-models',
      operation: 'listReadModels',
      summary: 'Every read model of this service: what is live, and what is being built beside it.',
      kind: 'query',
      success: 200,
      returns: Listing,
      handle: async (_request, reply) => reply.send({ items: await all() } satisfies z.infer<typeof Listing>),
    },
    {
      ...shared,
      method: 'POST',
      path: '/read-models/{name}:rebuild',
      operation: 'rebuildReadModel',
      summary: 'Build it anew from the first event, beside the live one, and switch when it is as far. One that is being built goes on.',
      kind: 'batch',
      success: 202,
      params: Params,
      returns: ReadModel,
      async handle(request, reply) {
        const { name } = validate(Params, request.params, 'parameter');
        const known = await all();
        if (!known.some((one) => one.name === name)) throw new ProblemError('unknown', { details: { name, read_models: known.map((one) => one.name) } });
        await readModels.rebuild(name);
        return reply.code(202).send((await all()).find((one) => one.name === name));
      },
    },
  ];
}
