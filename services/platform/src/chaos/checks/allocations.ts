/** What scheduling's log says of GPUs: none is in two open allocations, and a decision is on the plan and on its jobs alike. */
import type { JobEvent, SitePlanEvent } from '@pioche/contracts';
import { Findings, type Result } from './check.js';
import { placeOf, type Logged } from './logs.js';

/** Thousandths of a GPU: a whole one. */
const WHOLE = 1_000;

const factOf = ({ event }: Logged): JobEvent | SitePlanEvent => event as JobEvent | SitePlanEvent;

/** At each place of the log, the open allocations of a GPU hold no more of it than there is; a whole one is alone. */
export function noGpuTwice(scheduling: readonly Logged[]): Result {
  const findings = new Findings('no GPU is in two open allocations');
  const held = new Map<string, Map<string, number>>();
  const open = new Map<string, readonly string[]>();
  let seen = 0;
  for (const logged of scheduling) {
    const fact = factOf(logged);
    if (fact.type === 'AllocationOpened') {
      const { allocation, placements, gpu_milli: milli } = fact.data;
      const gpus = placements.flatMap((share) => share.gpus);
      if (open.has(allocation)) findings.add(`${placeOf(logged)} opens ${allocation} again`);
      open.set(allocation, gpus);
      seen += 1;
      for (const gpu of gpus) {
        const holders = held.get(gpu) ?? new Map<string, number>();
        held.set(gpu, holders.set(allocation, milli / gpus.length));
        const sum = [...holders.values()].reduce((total, share) => total + share, 0);
        if (sum > WHOLE) findings.add(`${placeOf(logged)}: ${gpu} is held by ${[...holders].map(([holder, share]) => `${holder} (${share})`).join(' and ')}`);
      }
    } else if (fact.type === 'AllocationClosed') {
      const { allocation } = fact.data;
      if (!open.has(allocation)) findings.add(`${placeOf(logged)} closes ${allocation}, which is not open`);
      for (const gpu of open.get(allocation) ?? []) held.get(gpu)?.delete(allocation);
      open.delete(allocation);
    }
  }
  return findings.result(seen);
}

/** A placement that was decided on a plan has been opened on its job by the same command, and none besides. */
export function decisionsAreWhole(scheduling: readonly Logged[]): Result {
  const findings = new Findings('decisions are on the plan and on the jobs');
  const decided = new Map<string, string>();
  const opened = new Map<string, string>();
  for (const logged of scheduling) {
    const fact = factOf(logged);
    if (fact.type === 'PlacementsDecided') for (const { allocation } of fact.data.placements) decided.set(allocation, logged.command);
    if (fact.type === 'AllocationOpened') opened.set(fact.data.allocation, logged.command);
  }
  for (const [allocation, command] of decided) if (opened.get(allocation) !== command) findings.add(`${allocation} was decided by ${command} and opened by ${opened.get(allocation) ?? 'nobody'}`);
  for (const [allocation, command] of opened) if (!decided.has(allocation)) findings.add(`${allocation} was opened by ${command} and never decided on a plan`);
  return findings.result(decided.size);
}
