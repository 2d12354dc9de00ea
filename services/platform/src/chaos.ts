/** `npm run chaos`: the platform under load and faults, and whether anything was lost. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { FAULT_KINDS } from './chaos/faults/catalogue.js';
import { planFaults } from './chaos/faults/plan.js';
import { missingFaults, runFaults } from './chaos/faults/run.js';
import { parseChaosOptions } from './chaos/options.js';
import { historyOf, runChaos, type Ended } from './chaos/run.js';
import { startSystem } from './chaos/system/start.js';
import { runMain, say, untilSignal } from './run-main.js';

await runMain(async () => {
  const { seed, minutes, rate, kinds = FAULT_KINDS, dataDir: asked, keep } = parseChaosOptions(process.argv.slice(2));
  const dataDir = resolve(asked ?? `.pioche/chaos-${seed}-${process.pid}`);
  const ending = new AbortController();
  const stopped = untilSignal().then(() => ending.abort(new Error('stopped'))).then(() => undefined);
  const system = await startSystem({ dataDir, log: say, clock: 'simulated' });
  let ended: Ended | undefined;
  try {
    const missing = missingFaults(system, kinds);
    for (const [kind, why] of missing) say(`No ${kind}: ${why}`);
    const plan = planFaults({ seed, seconds: minutes * 60, kinds: kinds.filter((kind) => !missing.has(kind)) });
    const run = runChaos(system, { seed, minutes, rate, say, signal: ending.signal, faults: (onEvent, signal) => runFaults(system, plan, { signal, onEvent }) });
    ended = await Promise.race([run, stopped]);
  } finally {
    await system.stop();
    if (!ended?.holds || keep) say(`What was asked, answered and done to it is in ${historyOf(system)}; what the services said is beside it.`);
  }
  if (ended === undefined) return 1;
  if (ended.holds && !keep) rmSync(dataDir, { recursive: true, force: true });
  say(ended.line);
  return ended.holds ? 0 : 1;
});
