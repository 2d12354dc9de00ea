/** All checks of a run, after everything is quiet. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../scenario/api.js';
import { untilQuiet } from '../../scenario/quiet.js';
import { LAB } from '../../scenario/tenants.js';
import { actionsOf, commandsOf, fateOf } from '../history/commands.js';
import { readHistory } from '../history/history.js';
import type { SmallWorld } from '../load/small-world.js';
import { monthEnd, monthsOver } from '../load/time.js';
import type { System } from '../system.js';
import { actionsAreThere } from './actions.js';
import { decisionsAreWhole, noGpuTwice } from './allocations.js';
import { auditKeyOf, checkpointsHold, everyEventIsALeaf, proofsHold, readLeaves, RecomputedTree, signedIn } from './audit.js';
import { Findings, made, type Result } from './check.js';
import { acknowledgedAreThere, acknowledgedOnce, byCommand, commandsAreWhole, refusedAreNotThere, streamsHaveNoHoles, unknownOutcomes } from './commands.js';
import { commandsAreDecidedWhole } from './decided.js';
import { noDeadLetters, readDeadLetters } from './dead-letters.js';
import { everyEventIsPublished, publishedInOrder, readTopics, repeatsIn } from './kafka.js';
import { readLogs } from './logs.js';
import { ledgerSumsToZero, numbersAreGapless, usageIsAllocated } from './money.js';
import { DECLARATIONS, headsOf, readModelsAreRebuilt } from './read-models.js';
import { collectAll, paidIn, reconciled } from './reconciled.js';

export interface Checked {
  readonly results: readonly Result[];
  readonly figures: Figures;
}

export interface Figures {
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: { readonly done: number; readonly not: number };
  readonly events: number;
  /** Records that stand in Kafka again. */
  readonly repeats: number;
}

export interface CheckOptions {
  readonly system: System;
  readonly operator: Api;
  readonly world: SmallWorld;
  readonly seed: number;
  /** Simulated. */
  readonly until: string;
  /** The history's file. */
  readonly history: string;
}

/** Whether everything comes to rest in the time given; else who is not there yet, and how far. */
export const comesToRest = (operator: Api, limitMs: number): Promise<Result> =>
  made('everything has come to rest', async () => {
    const findings = new Findings('everything has come to rest');
    // A service that does not answer at all holds the one who asks: the limit is ours.
    const late = sleep(limitMs + 5_000, undefined, { ref: false }).then(() => Promise.reject(new Error(`no answer to how far consumers are after ${limitMs / 1000} s`)));
    await Promise.race([untilQuiet(operator, limitMs), late]).catch((error: unknown) => findings.add(error instanceof Error ? error.message : String(error)));
    return findings.result(1);
  });

export async function checkAll({ system, operator, world, seed, until, history }: CheckOptions): Promise<Checked> {
  const [records, logs, { topics, deadLetters }, letters, leaves] = await Promise.all([
    readHistory(history), readLogs(system), readTopics(system), readDeadLetters(system), readLeaves(system.databaseUrl.sovereignty),
  ]);
  const [commands, logged, checkpoints] = [commandsOf(records), byCommand(logs), signedIn(logs.sovereignty)];
  const lab = world.tenants.find((tenant) => tenant.key === LAB)?.id ?? '';
  const months = monthsOver(until);
  const results = [
    acknowledgedAreThere(commands, logged),
    acknowledgedOnce(commands, logged),
    refusedAreNotThere(commands, logged),
    commandsAreWhole(logged),
    commandsAreDecidedWhole(DECLARATIONS, commands, logs, logged),
    await made('documents and alerts that were answered are in the log once', () => actionsAreThere(actionsOf(records), logs)),
    streamsHaveNoHoles(logs),
    everyEventIsPublished(logs, topics),
    publishedInOrder(topics),
    noDeadLetters(letters, deadLetters),
    await readModelsAreRebuilt(system, headsOf(logs)),
    noGpuTwice(logs.scheduling),
    decisionsAreWhole(logs.scheduling),
    usageIsAllocated(logs.scheduling, logs.billing),
    ledgerSumsToZero(logs.billing),
    numbersAreGapless(logs.billing),
    await made('the contexts agree on money and GPU time', async () => reconciled(await collectAll(operator, months, monthEnd(months.at(-1) ?? ''), lab, paidIn(logs.billing)))),
    everyEventIsALeaf(logs, leaves),
    await made('signed checkpoints are those of the leaves', async () => checkpointsHold(checkpoints, new RecomputedTree(logs, leaves), await auditKeyOf(operator))),
    await made('audit proofs verify', async () => proofsHold({ operator, logs, leaves, checkpoints, key: await auditKeyOf(operator), seed })),
  ];
  const fates = Map.groupBy(commands, fateOf);
  return {
    results,
    figures: {
      acknowledged: fates.get('acknowledged')?.length ?? 0,
      refused: fates.get('refused')?.length ?? 0,
      unknown: unknownOutcomes(commands, logged),
      events: Object.values(logs).reduce((sum, log) => sum + log.length, 0),
      repeats: repeatsIn(topics),
    },
  };
}
