/** A run of chaos on a system that is up: load and faults, then rest, then the checks. */
import { join } from 'node:path';
import { Cast } from '../scenario/cast.js';
import { untilQuiet } from '../scenario/quiet.js';
import { START } from '../scenario/scenario.js';
import { checkAll, comesToRest, type Checked } from './checks/all.js';
import { made, Findings, type Result } from './checks/check.js';
import { History } from './history/history.js';
import { Load } from './load/load.js';
import { Sender } from './load/sender.js';
import { setUpSmallWorld } from './load/small-world.js';
import { SimulatedTime } from './load/time.js';
import { describeResult, faultLine, lastLine } from './report.js';
import type { FaultEvent, System } from './system.js';

export interface Run {
  readonly seed: number;
  readonly minutes: number;
  /** There is load until the faults are over, for so many minutes at most. */
  readonly untilHealed?: boolean;
  /** Commands per second. */
  readonly rate: number;
  /** Injects faults while there is load; resolves when all is healed and every service is ready. */
  readonly faults: (onEvent: (event: FaultEvent) => void, signal: AbortSignal) => Promise<unknown>;
  readonly say: (line: string) => void;
  /** Ends it where it is. */
  readonly signal: AbortSignal;
}

/** How long everything may take to come to rest when nothing is wrong any more, in ms. */
const REST_MS = 90_000;
const PROGRESS_MS = 10_000;
/** A request to look at something is given up and made again after so long, in ms. */
const ATTEMPT_MS = 10_000;
const PATIENCE_MS = 180_000;

export const historyOf = ({ dataDir }: Pick<System, 'dataDir'>): string => join(dataDir, 'history.jsonl');

export interface Ended {
  /** Every check does. */
  readonly holds: boolean;
  /** What is to be said last. */
  readonly line: string;
}

/** @throws Error when the world cannot be set up, a service does not become ready again, or the signal ends it */
export async function runChaos(system: System, { seed, minutes, untilHealed = false, rate, faults, say, signal }: Run): Promise<Ended> {
  const history = new History(historyOf(system));
  history.write({ what: 'run', seed, minutes, rate });
  const time = new SimulatedTime(rate);
  const cast = new Cast(system, signal, { attemptMs: ATTEMPT_MS, patienceMs: PATIENCE_MS });
  const operator = await cast.operator();
  const setUp = Date.now();
  const world = await setUpSmallWorld(cast, seed, START, say);
  say(`The world stands after ${((Date.now() - setUp) / 1000).toFixed(1)} s: ${minutes} min of load begin.`);

  const sender = new Sender(system, history, time, signal);
  const load = await Load.prepare({ seed, rate, forMs: minutes * 60_000, shape: system, cast, world, sender, time, signal });
  const begun = Date.now();
  const progress = setInterval(() => say(`${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${sender.asked} commands asked, ${sender.acknowledged} acknowledged, ${sender.inFlight} in flight`), PROGRESS_MS);
  let injected = 0;
  const onEvent = (event: FaultEvent) => {
    history.write({ what: 'fault', event });
    if (event.phase === 'begun') injected += 1;
    say(faultLine(Date.now() - begun, event));
  };
  const healed = new AbortController();
  try {
    await Promise.all([load.run(untilHealed ? healed.signal : undefined), faults(onEvent, signal).finally(() => healed.abort())]);
  } finally {
    clearInterval(progress);
  }

  const over = Date.now();
  const secondsSince = (ms: number) => ((Date.now() - ms) / 1000).toFixed(1);
  say('Load and faults are over: waiting until everything has come to rest.');
  const finished = await finish(load, operator);
  const rest = await comesToRest(operator, REST_MS);
  say(`At rest after ${secondsSince(over)} s: checking.`);
  history.close();
  const resting = Date.now();
  const checked = await checkAll({ system, operator, world, seed, until: time.now, history: historyOf(system) });
  const all: Checked = { ...checked, results: [finished, rest, ...checked.results] };
  say(`Checked in ${secondsSince(resting)} s:`);
  for (const line of all.results.flatMap(describeResult)) say(line);
  return { holds: all.results.every(({ holds }) => holds), line: lastLine(all, { faults: injected, seed }) };
}

type Operator = Awaited<ReturnType<Cast['operator']>>;

const finish = (load: Load, operator: Operator): Promise<Result> =>
  made('what was begun could be ended', async () => {
    await load.finish(() => untilQuiet(operator, REST_MS));
    return new Findings('what was begun could be ended').result(1);
  });
