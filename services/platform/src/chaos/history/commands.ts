/** The history, command by command: what each was, and what was answered to each of its attempts. */
import type { ContextName } from '@pioche/contracts';
import { unreachable, type Fact } from '@pioche/kernel';
import { reportCommandId, type Report } from '@pioche/scheduling';
import { clientCommandId } from '@pioche/service-kit';
import type { Answer, Ask, HistoryRecord } from './records.js';

/** What a service says that it has written. */
export interface Written {
  readonly id: string;
  readonly version: number;
  /** Of its last event; 0: nothing was to be written. */
  readonly position: number;
  /** Absent where the answer does not say. */
  readonly events?: readonly Fact[];
}

/**
 * - `done`, with what was written where the answer says it
 * - `unchanged`: a report that says nothing new, or nothing more
 * - `refused`: nothing is written
 * - `unknown`: no answer, or one that leaves it open (a time-out, a lost connection, a status of 500 or more)
 */
export type Outcome =
  | { readonly what: 'done'; readonly written?: Written }
  | { readonly what: 'unchanged' }
  | { readonly what: 'refused'; readonly status: number }
  | { readonly what: 'unknown'; readonly why: string };

/** One command that has an id in the log. */
export interface Commanded {
  /** For people: `#12 POST /scheduling/jobs (3)`. */
  readonly label: string;
  readonly context: ContextName;
  readonly id: string;
  readonly subject: string;
  readonly ask: Ask;
  /** What was put in: more than one where a key was used for several; none where the route makes it of something else. */
  readonly inputs: readonly unknown[];
  readonly outcomes: readonly Outcome[];
}

export type Fate = 'acknowledged' | 'unchanged' | 'refused' | 'unknown';

/** What is known of it after all its attempts: one answer that it is done is enough, a refusal counts when no attempt is open. */
export function fateOf({ outcomes }: Pick<Commanded, 'outcomes'>): Fate {
  const has = (what: Outcome['what']) => outcomes.some((outcome) => outcome.what === what);
  if (outcomes.some((outcome) => outcome.what === 'done' && outcome.written?.position !== 0)) return 'acknowledged';
  if (outcomes.length === 0 || has('unknown')) return 'unknown';
  return has('done') || has('unchanged') ? 'unchanged' : 'refused';
}

/** An action, and what was answered in the end. */
export interface Acted {
  readonly label: string;
  readonly ask: Ask;
  /** Of the first attempt that was done. */
  readonly answer: unknown;
}

const isRefusal = (status: number): boolean => status >= 400 && status < 500;

/** Numbers of the answers by command, in order. */
function answersByCommand(records: readonly HistoryRecord[]): Map<number, Answer[]> {
  const sent = new Map<number, Map<number, Answer>>();
  for (const record of records) {
    if (record.what === 'sent') {
      const open: Answer = { what: 'unanswered', at: record.at, command: record.command, attempt: record.attempt, why: 'the run ended' };
      sent.set(record.command, (sent.get(record.command) ?? new Map<number, Answer>()).set(record.attempt, open));
    } else if (record.what === 'answered' || record.what === 'unanswered') sent.get(record.command)?.set(record.attempt, record);
  }
  return new Map([...sent].map(([command, attempts]) => [command, [...attempts.values()]]));
}

const labelOf = (command: number, { context, route, target }: Ask): string => `#${command} POST /${context}${target === undefined ? route : route.replace('{id}', target)}`;

/** What an attempt's answer says of the whole command. */
function outcomeOf(answer: Answer, done: (body: unknown) => Outcome): Outcome {
  if (answer.what === 'unanswered') return { what: 'unknown', why: answer.why };
  if (isRefusal(answer.status)) return { what: 'refused', status: answer.status };
  return answer.status < 300 ? done(answer.body) : { what: 'unknown', why: `status ${answer.status}` };
}

interface BatchItem {
  readonly status: number;
  readonly id?: string;
  readonly version?: number;
  readonly position?: number;
}

const itemOutcome = (item: BatchItem | undefined): Outcome => {
  if (item === undefined || item.status >= 500) return { what: 'unknown', why: `status ${item?.status}` };
  if (item.status >= 400) return { what: 'refused', status: item.status };
  return { what: 'done', written: { id: item.id ?? '', version: item.version ?? 0, position: item.position ?? 0 } };
};

const REPORTED = { accepted: 'done', unchanged: 'unchanged' } as const;
const reportOutcome = (result: { readonly status: string; readonly problem?: { readonly status: number } } | undefined): Outcome => {
  if (result?.status === 'accepted' || result?.status === 'unchanged') return { what: REPORTED[result.status] };
  return result === undefined ? { what: 'unknown', why: 'no result' } : { what: 'refused', status: result.problem?.status ?? 409 };
};

/** @returns the commands with an id that an ask consists of, with what each attempt answered to it */
function commandedBy(command: number, ask: Ask, answers: readonly Answer[]): Commanded[] {
  const label = labelOf(command, ask);
  const common = { context: ask.context, subject: ask.by.subject, ask };
  const idOf = (key: string, path: string) => clientCommandId({ principal: ask.by, key, path, target: ask.target });
  switch (ask.kind) {
    case 'command':
      return [{ ...common, label, id: idOf(ask.key, ask.route), inputs: [ask.body], outcomes: answers.map((answer) => outcomeOf(answer, (body) => ({ what: 'done', written: body as Written }))) }];
    case 'batch': {
      const { items } = ask.body as { items: readonly { idempotency_key: string; input: unknown }[] };
      return items.map((item, n) => ({
        ...common,
        label: `${label} (${n})`,
        id: idOf(item.idempotency_key, ask.route.replace(':batch', '')),
        inputs: [item.input],
        outcomes: answers.map((answer) => outcomeOf(answer, (body) => itemOutcome((body as { items: BatchItem[] }).items[n]))),
      }));
    }
    case 'reports': {
      const { reports } = ask.body as { reports: readonly Report[] };
      return reports.map((report, n) => ({
        ...common,
        label: `${label} (${n}: ${report.kind})`,
        id: reportCommandId(report),
        inputs: [],
        outcomes: answers.map((answer) => outcomeOf(answer, (body) => reportOutcome((body as { results: { status: string }[] }).results[n]))),
      }));
    }
    case 'action':
      return [];
    default:
      return unreachable(ask.kind);
  }
}

/** Every command of the history once, however many asks it was in: a report is made again when nobody answered to it. */
export function commandsOf(records: readonly HistoryRecord[]): Commanded[] {
  const answers = answersByCommand(records);
  const byId = new Map<string, Commanded>();
  for (const record of records) {
    if (record.what !== 'asked') continue;
    for (const commanded of commandedBy(record.command, record.ask, answers.get(record.command) ?? [])) {
      const known = byId.get(commanded.id);
      byId.set(commanded.id, known === undefined ? commanded : { ...known, inputs: [...known.inputs, ...commanded.inputs], outcomes: [...known.outcomes, ...commanded.outcomes] });
    }
  }
  return [...byId.values()];
}

/** Every action that was done, with its answer. */
export function actionsOf(records: readonly HistoryRecord[]): Acted[] {
  const answers = answersByCommand(records);
  return records.flatMap((record) => {
    if (record.what !== 'asked' || record.ask.kind !== 'action') return [];
    const done = answers.get(record.command)?.find((answer) => answer.what === 'answered' && answer.status < 300);
    return done?.what === 'answered' ? [{ label: labelOf(record.command, record.ask), ask: record.ask, answer: done.body }] : [];
  });
}
