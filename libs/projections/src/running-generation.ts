import type { ContextName } from '@pioche/contracts';
import type { Consumption, EventSource } from '@pioche/event-bus';
import type { Generation } from './generation.js';
import { ProjectionHandler } from './projection-handler.js';
import type { Projection } from './projection.js';
import type { ReadModelTable } from './table.js';

const DEFAULT_BATCH = 5_000;
/** Events that may wait for one that is said to have caught up: while others write, there are always some. */
const NEAR = 10_000;

/** A generation and what feeds it here: one consumption per kind of source. */
export class RunningGeneration {
  /** Milliseconds since 1970: when nothing was seen to wait for it, or its start. */
  caughtUpAt = Date.now();
  private stops: readonly (() => void)[] = [];

  private constructor(
    public generation: Generation,
    readonly consumptions: readonly Consumption[],
  ) {}

  static async start(options: {
    projection: Projection;
    generation: Generation;
    tables: readonly ReadModelTable[];
    sourceOf: (context: ContextName) => EventSource;
    batchSize: number | undefined;
    onProgress: () => void;
  }): Promise<RunningGeneration> {
    const { projection, generation, tables, sourceOf, batchSize = DEFAULT_BATCH, onProgress } = options;
    const bySource = Map.groupBy(projection.sources, sourceOf);
    const consumptions = await Promise.all(
      [...bySource].map(([source, contexts]) => source.consume(new ProjectionHandler(projection, generation, tables, contexts), { batchSize })),
    );
    const running = new RunningGeneration(generation, consumptions);
    running.stops = consumptions.map((consumption) =>
      consumption.onProgress(() => {
        if (running.waiting === 0) running.caughtUpAt = Date.now();
        onProgress();
      }),
    );
    return running;
  }

  get caughtUp(): boolean {
    return this.waiting <= NEAR && this.consumptions.every(({ status }) => status === 'running');
  }

  async close(): Promise<void> {
    for (const stop of this.stops) stop();
    await Promise.all(this.consumptions.map((consumption) => consumption.close()));
  }

  private get waiting(): number {
    return this.consumptions.reduce((waiting, consumption) => waiting + consumption.lag(), 0);
  }
}
