/** Runs the scenario on a shape that is up, and reconciles. Takes up where an earlier run was interrupted. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plusSeconds } from '@pioche/kernel';
import type { Shape } from '../shape.js';
import { Cast } from './cast.js';
import { Counts } from './counts.js';
import { Usage, type Play } from './options.js';
import { ProgressBar } from './progress-bar.js';
import { untilQuiet } from './quiet.js';
import { collect, describe, reconcile } from './reconciliation.js';
import { PERIOD, PERIOD_END, runScenario, START } from './scenario.js';
import { ScenarioState } from './state.js';
import { LAB } from './tenants.js';
import type { TraceJob } from '@pioche/traces';

export interface Performance {
  readonly shape: Pick<Shape, 'url' | 'issuer' | 'tick'>;
  readonly options: Play;
  readonly jobs: readonly TraceJob[];
  readonly dataDir: string;
  readonly say: (line: string) => void;
  /** Ends it where it is; started again, it goes on from there. */
  readonly signal: AbortSignal;
}

/** What a run was asked for, in one line: an interrupted one can be continued only with the same wish. */
const wishOf = ({ jobs, format, days, maxJobs, seed }: Play): string => JSON.stringify({ jobs: jobs ?? null, format, days, maxJobs: maxJobs ?? null, seed });

/** @returns whether everything agrees. @throws Usage when the data folder holds a run of something else */
export async function performScenario({ shape, options, jobs, dataDir, say, signal }: Performance): Promise<boolean> {
  const state = new ScenarioState(join(dataDir, 'scenario.json'));
  const asked = wishOf(options);
  const before = state.read();
  if (before && before.asked !== asked) throw new Usage(2, `${dataDir} holds another run (${before.asked}): add --fresh to start over, or use another --data-dir`);

  const cast = new Cast(shape, signal);
  const operator = await cast.operator();
  const begun = Date.now();
  const counts = new Counts(operator);
  await counts.look();
  const eventsBefore = counts.events;
  if (before) say(before.finished ? 'This run is finished: its figures are reconciled again.' : `Going on at ${before.now}.`);
  const bar = new ProgressBar(START, PERIOD_END, counts);
  const world = await runScenario({
    cast,
    tick: (now) => shape.tick(now),
    jobs,
    days: options.days,
    seed: options.seed,
    state,
    asked,
    say,
    onProgress(picture) {
      counts.lookSoon();
      bar.show(picture);
    },
  });
  bar.end();

  say('The month is over: waiting for every consumer, then the invoices.');
  operator.now = plusSeconds(PERIOD_END, 2 * 3600);
  await shape.tick(operator.now);
  await untilQuiet(operator);
  const { head } = await operator.get<{ head: number }>('scheduling', '/lag');
  await operator.post('billing', `/periods/${PERIOD}:close`, `close-${PERIOD}-${head}`, { through: `scheduling:${head}` });
  await untilQuiet(operator);
  await counts.look();

  const lab = world.tenants.find(({ key }) => key === LAB)?.id ?? '';
  const elapsed = { wall_s: (Date.now() - begun) / 1000, events: counts.events - eventsBefore };
  const reconciliation = reconcile(await collect(operator, PERIOD, PERIOD_END, lab), elapsed);
  state.write({ asked, now: PERIOD_END, finished: true });
  const file = options.report ?? join(dataDir, 'reconciliation.json');
  writeFileSync(file, `${JSON.stringify(reconciliation, null, 2)}\n`);
  for (const line of [...describe(reconciliation), `The reconciliation is in ${file}`]) say(line);
  return reconciliation.agrees;
}
