import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MicroserviceOptions, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { eventually } from '@pioche/testing';
import { append, counts, logTailWorld, recorder, seen, type World } from '../test/world.js';
import { BatchContext, BatchHandler, DeadLetters, EventBusStrategy, type Delivery } from './index.js';

@Controller()
class Counting {
  @BatchHandler({ name: 'nest', sources: ['inventory'], wants: ['Counted'] })
  async count(@Payload() batch: readonly Delivery[], @Ctx() context: BatchContext): Promise<void> {
    for (const { event } of batch) if (event.subject === 'bad') throw new Error('a reason that operators read');
    await recorder('nest').handle(batch, context.tx);
  }
}

@Controller()
class Foreign {
  @EventPattern('something.else')
  // Nest's decorator wants a method that takes its data.
  // oxlint-disable-next-line typescript/no-explicit-any
  ignore(_data: any): void {}
}

describe('the bus as a Nest transport', () => {
  let world: World;
  beforeAll(async () => {
    world = await logTailWorld();
  });
  afterAll(() => world.close());

  const serve = async (controller: new () => object) => {
    const source = world.replica();
    const strategy = new EventBusStrategy(() => source);
    const module = await Test.createTestingModule({ controllers: [controller] }).compile();
    const app = module.createNestMicroservice<MicroserviceOptions>({ strategy, logger: false });
    return {
      strategy,
      app,
      close: async () => {
        await app.close();
        await source.close();
      },
    };
  };

  it('gives batches and the transaction to a controller, beside handlers made from declarations', async () => {
    const { strategy, app, close } = await serve(Counting);
    strategy.register(recorder('declared'));
    await app.listen();
    await append(world.store, [['s', 1], ['bad', 2], ['s', 3]]);
    await eventually(async () => expect(await seen(world, 'nest')).toEqual(['s 1', 's 3']));
    await eventually(async () => expect(await seen(world, 'declared')).toEqual(['s 1', 'bad 2', 's 3']));
    const letters = await new DeadLetters({ pool: world.database.pool, handlers: strategy.handlers(), groups: [counts] }).list();
    expect(letters.map(({ consumer, stream, reason }) => `${consumer} ${stream} ${reason}`)).toEqual(['nest bad Error: a reason that operators read']);
    expect(strategy.consumptions.map(({ status }) => status)).toEqual(['running', 'running']);
    await close();
  });

  it('refuses a handler that is not one of batches, and a second of the same name', async () => {
    const { strategy, app, close } = await serve(Foreign);
    await expect(app.listen()).rejects.toThrow('something.else');
    strategy.register(recorder('twice'));
    expect(() => strategy.register(recorder('twice'))).toThrow('twice');
    await close();
  });
});
