/**
 * A rolling upgrade under load, from one build to the next and back: `upgrade.js DATA_DIR THIS NEXT`, each build by the
 * folder of its sources. Runs from the folder THIS, whose code makes the checks. What it has seen is its last line, JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTEXTS } from '@pioche/contracts';
import { runChaos } from './chaos/run.js';
import type { FaultEvent } from './chaos/system.js';
import { runMain, say } from './run-main.js';
import { askSteadily } from './upgrade/queries.js';
import { CONSUMERS_FIRST, replaceAll, until, type Replaced } from './upgrade/roll.js';
import { startRolling, type Build } from './upgrade/system.js';
import { ask, generationsOf, headOf, versionsOf } from './upgrade/traces.js';
import { Watch } from './upgrade/watch.js';

const SEED = 6;
/** Commands and queries per second: two replicas of four services share a small machine. */
const RATE = { commands: 6, queries: 6 } as const;
const MOST_MINUTES = 25;
/** As in Kubernetes: longer than a client keeps a connection that it does not use. */
const DRAIN_MS = 5_000;
const BEFORE_MS = 20_000;
const PATIENCE_MS = 300_000;
/** The event of which the next build writes a new version, and how many of each are waited for. */
const EVENT = { context: 'inventory', type: 'NodeDrainStarted', wanted: 2 } as const;

await runMain(async () => {
  const [dataDir = '', ...folders] = process.argv.slice(2);
  if (folders.length !== 2) throw new Error('usage: upgrade.js DATA_DIR THIS NEXT');
  const [now, next]: readonly [Build, Build] = [{ name: 'this', folder: folders[0] ?? '' }, { name: 'next', folder: folders[1] ?? '' }];
  const system = await startRolling({ dataDir, build: now, drainMs: DRAIN_MS, log: say });
  const ending = new AbortController();
  const fronts = new Set(CONTEXTS.map((context) => system.url(context)));
  const watch = new Watch((origin) => fronts.has(origin));
  const count = (after = 0) => versionsOf(system, EVENT.context, EVENT.type, after);
  const marks: number[] = [];
  const mark = () => void marks.push(performance.now());
  const rolled: Replaced[] = [];
  const seen: Record<string, unknown> = {};

  async function thereAndBack(onEvent: (event: FaultEvent) => void): Promise<void> {
    // The world is set up with one of each: who asks how far consumers are is told by the one that has them.
    await Promise.all(CONSUMERS_FIRST.flat().map((context) => system.add(context, now)));
    const asking = new AbortController();
    const queries = askSteadily(system, RATE.queries, asking.signal);
    mark();
    await sleep(BEFORE_MS);
    await until(`${EVENT.type} v1 is written`, PATIENCE_MS, async () => ((await count()).get(1) ?? 0) >= EVENT.wanted);
    mark();
    rolled.push(...(await replaceAll(system, CONSUMERS_FIRST, next, onEvent)));
    await until(`${EVENT.type} v2 is written`, PATIENCE_MS, async () => ((await count()).get(2) ?? 0) >= EVENT.wanted);
    await until('the new column is used', PATIENCE_MS, async () => (await ask<{ n: number }>(system, 'billing', 'SELECT count(*)::int AS n FROM open_usages WHERE noted_by IS NOT NULL'))[0]?.n !== 0);
    seen['newReadModel'] = { generations: await generationsOf(system, 'inventory', 'node_view'), filled: await ask(system, 'inventory', 'SELECT count(drain_asked_by)::int AS rows FROM node_view') };
    const turned = await headOf(system, EVENT.context);
    mark();
    rolled.push(...(await replaceAll(system, CONSUMERS_FIRST.toReversed(), now, onEvent)));
    await until(`${EVENT.type} v1 is written again`, PATIENCE_MS, async () => ((await count(turned)).get(1) ?? 0) >= EVENT.wanted);
    mark();
    asking.abort();
    await queries;
    // How far consumers are each replica says of itself: one of each is left to be asked.
    for (const context of CONTEXTS) while (system.replicas(context) > 1) await system.removeOldest(context);
    await until('the earlier read model is live again', PATIENCE_MS, async () => (await generationsOf(system, 'inventory', 'node_view')).includes('node_view v1.1 live'));
    seen['oldReadModel'] = await generationsOf(system, 'inventory', 'node_view');
  }

  try {
    const ended = await runChaos(system, { seed: SEED, minutes: MOST_MINUTES, untilHealed: true, rate: RATE.commands, say, signal: ending.signal, faults: thereAndBack });
    const [start = 0, there = 0, back = 0, end = 0] = marks;
    const figures = { before: watch.figures(start, there), there: watch.figures(there, back), back: watch.figures(back, end) };
    const versions = Object.fromEntries(await count());
    say(JSON.stringify({ line: ended.line, holds: ended.holds, failures: watch.failures, givenUp: watch.givenUp, figures, versions, rolled, ...seen }));
    return ended.holds && watch.failures.length === 0 ? 0 : 1;
  } finally {
    await system.stop();
  }
});
