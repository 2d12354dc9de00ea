/** "What if": two forks of the state, one of them changed, both planned; the difference is the answer. */
import { unreachable } from '@pioche/kernel';
import { Outlook } from '../outlook.js';
import { plan } from '../plan.js';
import type { EngineState } from '../state.js';
import type { Decisions } from '../types.js';
import { fork } from './fork.js';
import type { Answer, JobOutlook, Moved, Question } from './question.js';

/** A start that moves by less is the same. */
const SAME_MS = 1_000;
/** Plans after which what has been evicted is taken as settled. */
const MOST_PLANS = 3;

interface Planned {
  readonly decided: Decisions;
  readonly outlook: Outlook;
}

/** @returns undefined for a job that does not wait, or nodes none of which is known */
export function whatIf(state: EngineState, question: Question, nowMs: number): Answer | undefined {
  if (question.kind === 'priority' && !state.waiting.has(question.job)) return undefined;
  if (question.kind === 'drain' && question.nodes.every((node) => state.cluster.numberOf(node) === undefined)) return undefined;
  const before = planned(fork(state), nowMs);
  const changed = fork(state);
  suppose(changed, question, nowMs);
  const leaving = question.kind === 'drain' ? leavingOf(changed, question.nodes, question.deadlineMs ?? nowMs, nowMs) : [];
  const after = planned(changed, nowMs);
  const about = question.kind === 'job' ? question.ask.job : question.kind === 'priority' ? question.job : undefined;
  const moved = movedBetween(before.outlook, after.outlook, about);
  const onlyThen = <T extends { readonly job: string }>(of: (decisions: Decisions) => readonly T[]): T[] => {
    const known = new Set(of(before.decided).map(({ job }) => job));
    return of(after.decided).filter(({ job }) => !known.has(job));
  };
  return {
    ...(about === undefined ? {} : { job: outlookOf(after, about) }),
    starts: onlyThen(({ placements }) => placements).filter(({ job }) => job !== about),
    moved,
    earlier: moved.filter((each) => (each.afterMs ?? Infinity) < (each.beforeMs ?? Infinity)).length,
    later: moved.filter((each) => (each.afterMs ?? Infinity) > (each.beforeMs ?? Infinity)).length,
    preemptions: onlyThen(({ preemptions }) => preemptions),
    repairs: onlyThen(({ repairs }) => repairs),
    evictions: onlyThen(({ evictions }) => evictions),
    leaving,
  };
}

/** Makes the supposition true in a fork. */
function suppose(state: EngineState, question: Question, nowMs: number): void {
  state.dirty = true;
  switch (question.kind) {
    case 'job': {
      const { ask } = question;
      const job = state.backlog.enter(ask, state.nextSeq++, state.queues.get(ask.queue));
      state.packing.arrived(job.cls);
      state.backlog.add(job);
      state.waiting.set(ask.job, job);
      return;
    }
    case 'priority': {
      const job = state.waiting.get(question.job)!;
      state.backlog.remove(job);
      const other = state.backlog.enter({ ...job.ask, priority: question.priority }, job.seq, job.queue, job.old);
      state.backlog.add(other);
      state.waiting.set(question.job, other);
      state.reservedAt = -1;
      return;
    }
    case 'drain':
      for (const node of question.nodes) {
        const number = state.cluster.numberOf(node);
        if (number === undefined || state.cluster.status[number] === 'withdrawn') continue;
        state.cluster.setStatus(number, 'cordoned');
        state.drains.set(number, question.deadlineMs ?? nowMs);
      }
      state.troubled = true;
      return;
    case 'quota':
      state.tenants.of(question.tenant).quota = question.quota;
      return;
    case 'power-cap':
      return state.setPowerCap(question.site, question.cap);
    default:
      return unreachable(question);
  }
}

/** Plans the fork, and lets what has to stop at once wait again. */
function planned(state: EngineState, nowMs: number): Planned {
  state.dirty = true;
  const decided = plan(state, nowMs);
  const started = decided.placements.map(({ job }) => job);
  let evicted = decided.evictions;
  for (let plans = 1; evicted.length > 0 && plans < MOST_PLANS; plans++) {
    for (const { job } of evicted) {
      const held = state.holding.get(job);
      if (!held) continue;
      state.release(held);
      const again = state.backlog.enter(held.job.ask, held.job.seq, held.job.queue, held.job.old);
      state.backlog.add(again);
      state.waiting.set(job, again);
    }
    state.dirty = true;
    const then = plan(state, nowMs);
    started.push(...then.placements.map(({ job }) => job));
    evicted = then.evictions;
  }
  return { decided, outlook: new Outlook(state, nowMs, started) };
}

function outlookOf({ decided, outlook }: Planned, job: string): JobOutlook {
  const starts = decided.placements.find((each) => each.job === job);
  const why = outlook.why(job);
  return { job, ...(starts ? { starts } : {}), reasons: why?.reasons ?? [], ...(why?.estimatedStartMs === undefined ? {} : { estimatedStartMs: why.estimatedStartMs }) };
}

function movedBetween(before: Outlook, after: Outlook, about: string | undefined): Moved[] {
  const [was, is] = [before.starts(), after.starts()];
  const moved: Moved[] = [];
  const compare = (job: string, tenant: string): void => {
    const [beforeMs, afterMs] = [was.get(job), is.get(job)];
    if (job === about || beforeMs === afterMs || Math.abs((beforeMs ?? Infinity) - (afterMs ?? Infinity)) < SAME_MS) return;
    moved.push({ job, tenant, ...(beforeMs === undefined ? {} : { beforeMs }), ...(afterMs === undefined ? {} : { afterMs }) });
  };
  const startedAfter = new Set(after.started);
  for (const job of after.started) compare(job, after.state.holding.get(job)?.job.ask.tenant ?? '');
  for (const { ask: { job, tenant } } of after.state.backlog.jobs) if (!startedAfter.has(job)) compare(job, tenant);
  return moved;
}

/** Jobs on these nodes whose limits let them run past a deadline that is still to come. */
function leavingOf({ running, cluster }: EngineState, nodes: readonly string[], byMs: number, nowMs: number): Answer['leaving'] {
  if (byMs <= nowMs) return [];
  const drained = new Set(nodes.map((node) => cluster.numberOf(node)));
  return running.jobs
    .filter(({ claim, endMs }) => endMs > byMs && claim.nodes.some((node) => drained.has(node)))
    .map(({ job: { ask } }) => ({ job: ask.job, tenant: ask.tenant, byMs }));
}
