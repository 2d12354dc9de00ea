import type { ContextName } from '@pioche/contracts';
import type { ReadModels } from '@pioche/projections';
import { eventually } from '@pioche/testing';

/** Waits until everything that runs here has events up to a position, whether queries see it yet or not. @throws Error after `limitMs` */
export async function caughtUp(models: ReadModels, source: ContextName, position: number, limitMs = 60_000): Promise<void> {
  const consumptions = [...models.consumptions.values()].flat();
  await eventually(() => {
    const at = Math.min(...consumptions.map((consumption) => consumption.position(source)));
    if (at < position) throw new Error(`at ${at} of ${position}`);
  }, limitMs);
}
