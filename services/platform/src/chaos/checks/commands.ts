/** Commands and logs: what was acknowledged is there, once; what was refused is not; what is open is whole or absent. */
import { isDeepStrictEqual } from 'node:util';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { eventIdOf } from '@pioche/event-store';
import { fateOf, type Commanded, type Fate, type Written } from '../history/commands.js';
import { Findings, type Result } from './check.js';
import { placeOf, type Logged, type Logs } from './logs.js';

/** Events by the command that wrote them, per context. */
export type ByCommand = ReadonlyMap<ContextName, ReadonlyMap<string, readonly Logged[]>>;

export const byCommand = (logs: Logs): ByCommand => new Map(CONTEXTS.map((context) => [context, Map.groupBy(logs[context], ({ command }) => command)]));

const ofFate = (commands: readonly Commanded[], fate: Fate) => commands.filter((command) => fateOf(command) === fate);
const writtenOf = ({ context, id }: Commanded, logged: ByCommand): readonly Logged[] => logged.get(context)?.get(id) ?? [];
const answersOf = ({ outcomes }: Commanded): Written[] =>
  outcomes.flatMap((outcome) => (outcome.what === 'done' && outcome.written !== undefined && outcome.written.position > 0 ? [outcome.written] : []));

/** What an answer says is what stands in the log. @returns what differs */
function difference({ id, version, position, events }: Written, stored: readonly Logged[]): string | undefined {
  const own = stored.filter(({ event }) => event.subject === id);
  const last = own.at(-1)?.event;
  if (last === undefined) return `nothing in ${id}`;
  if (last.version !== version || last.position !== position) return `its last event is ${last.position}, version ${last.version}; the answer says ${position}, version ${version}`;
  const facts = own.map(({ event: { type, data } }) => ({ type, data }));
  return events === undefined || isDeepStrictEqual(facts, events) ? undefined : `its events are not those of the answer: ${facts.map(({ type }) => type).join()}`;
}

/** Every acknowledged command's events are in the log, as the answer says. */
export function acknowledgedAreThere(commands: readonly Commanded[], logged: ByCommand): Result {
  const findings = new Findings('acknowledged commands are in the log');
  const acknowledged = ofFate(commands, 'acknowledged');
  for (const command of acknowledged) {
    const stored = writtenOf(command, logged);
    if (stored.length === 0) findings.add(`${command.label}: lost: no event of ${command.id} in ${command.context}`);
    else for (const answer of answersOf(command)) {
      const differs = difference(answer, stored);
      if (differs !== undefined) findings.add(`${command.label}: ${differs}`);
    }
  }
  return findings.result(acknowledged.length);
}

/** However often a command was sent and answered, its events are there once, and all answers are the same. */
export function acknowledgedOnce(commands: readonly Commanded[], logged: ByCommand): Result {
  const findings = new Findings('acknowledged commands are in the log once');
  const acknowledged = ofFate(commands, 'acknowledged');
  for (const command of acknowledged) {
    const stored = writtenOf(command, logged);
    const answers = answersOf(command);
    const positions = new Set(answers.map(({ position }) => position));
    if (positions.size > 1) findings.add(`${command.label}: doubled: answered with the positions ${[...positions].join(', ')}`);
    const [events] = answers.flatMap((answer) => (answer.events === undefined ? [] : [answer.events.length]));
    const twice = stored.length - new Set(stored.map(({ event }) => event.id)).size;
    if (twice > 0 || (events !== undefined && stored.length > events)) findings.add(`${command.label}: doubled: ${stored.length} events of ${command.id}: ${stored.map(placeOf).join(', ')}`);
  }
  return findings.result(acknowledged.length);
}

/** No event whose command was refused, or said that there was nothing to do. */
export function refusedAreNotThere(commands: readonly Commanded[], logged: ByCommand): Result {
  const findings = new Findings('refused commands have written nothing');
  const refused = [...ofFate(commands, 'refused'), ...ofFate(commands, 'unchanged')];
  for (const command of refused) {
    const [first] = writtenOf(command, logged);
    if (first !== undefined) findings.add(`${command.label}: ${fateOf(command)}, yet written: ${placeOf(first)}`);
  }
  return findings.result(refused.length);
}

/**
 * What any command has written, a client's, a reaction's or a timer's, is whole: event ids are numbered within it, and
 * each stream's part has versions without a hole.
 */
export function commandsAreWhole(logged: ByCommand): Result {
  const findings = new Findings('what a command wrote is whole');
  let seen = 0;
  for (const [context, commands] of logged) {
    for (const [command, events] of commands) {
      seen += 1;
      const ids = new Set(events.map(({ event }) => event.id));
      const missing = events.findIndex((_, n) => !ids.has(eventIdOf(command, n)));
      if (missing >= 0) findings.add(`${context}: ${command}: of ${events.length} events the one numbered ${missing} is missing, beside ${events.map(placeOf).join(', ')}`);
      for (const [stream, own] of Map.groupBy(events, ({ event }) => event.subject)) {
        if (own.some(({ event }, n) => event.version !== (own[0]?.event.version ?? 0) + n)) findings.add(`${context}: ${command}: its versions in ${stream} have a hole: ${own.map(({ event }) => event.version).join()}`);
      }
    }
  }
  return findings.result(seen);
}

/** Versions of every stream are 1, 2, 3 …, in order of position. */
export function streamsHaveNoHoles(logs: Logs): Result {
  const findings = new Findings('streams have no holes');
  const versions = new Map<string, number>();
  for (const logged of CONTEXTS.flatMap((context) => logs[context])) {
    const { context, subject, version } = logged.event;
    const before = versions.get(`${context} ${subject}`) ?? 0;
    if (version !== before + 1) findings.add(`${placeOf(logged)} has version ${version} after ${before}`);
    versions.set(`${context} ${subject}`, version);
  }
  return findings.result(versions.size);
}

/** How commands of unknown outcome have come out, for people. */
export function unknownOutcomes(commands: readonly Commanded[], logged: ByCommand): { readonly done: number; readonly not: number } {
  const unknown = ofFate(commands, 'unknown');
  const done = unknown.filter((command) => writtenOf(command, logged).length > 0).length;
  return { done, not: unknown.length - done };
}
