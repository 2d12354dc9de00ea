/** Commands decided once more: what stands in the log of each is all that follows from it, whether it was answered or not. */
import { isDeepStrictEqual } from 'node:util';
import { contextOf, Upcasters } from '@pioche/event-store';
import { fold, type AnyCommand, type AnyDecider, type Fact } from '@pioche/kernel';
import { allEvents, pluralOf, type ContextDeclaration } from '@pioche/service-kit';
import type { Commanded } from '../history/commands.js';
import { Findings, type Result } from './check.js';
import type { ByCommand } from './commands.js';
import { placeOf, type Logs } from './logs.js';

type Declarations = readonly Pick<ContextDeclaration, 'name' | 'aggregates'>[];

/** The command behind a route: `/jobs`, `/jobs:batch`, `/jobs/{id}:cancel`. */
function commandAt(declarations: Declarations, { context, ask }: Pick<Commanded, 'context' | 'ask'>): AnyCommand | undefined {
  const [, collection = '', name] = /^\/([a-z-]+)(?:\/\{id\}:(\w+))?(?::batch)?$/.exec(ask.route) ?? [];
  const own = declarations.find((one) => one.name === context)?.aggregates ?? [];
  const commands = own.filter(([aggregate]: readonly [AnyDecider, unknown]) => pluralOf(aggregate.name) === collection).flatMap(([, all]) => Object.values<AnyCommand>(all));
  return commands.find((command) => (name === undefined ? command.creates === true && command.internal !== true : command.name === name));
}

const upcasters = new Upcasters(allEvents);

/** Without what a version that is still written cannot say. */
const asStored = (facts: readonly Fact[]): unknown => JSON.parse(JSON.stringify(upcasters.readAgain(facts).map(({ type, data }) => ({ type, data }))));

/** What each command has written to its stream is what it decides on the state before: nothing of it is missing. */
export function commandsAreDecidedWhole(declarations: Declarations, commands: readonly Commanded[], logs: Logs, logged: ByCommand): Result {
  const findings = new Findings('what a command wrote is all that follows from it');
  const streams = new Map(Object.entries(logs).map(([context, log]) => [context, Map.groupBy(log, ({ event }) => event.subject)]));
  let seen = 0;
  for (const asked of commands) {
    const stored = logged.get(asked.context)?.get(asked.id) ?? [];
    const [first] = stored;
    if (first === undefined || asked.inputs.length === 0) continue;
    seen += 1;
    const command = commandAt(declarations, asked);
    if (command === undefined) {
      findings.add(`${asked.label}: no command is behind its route`);
      continue;
    }
    const { subject, version, actor, time } = first.event;
    const before = (streams.get(asked.context)?.get(subject) ?? []).filter(({ event }) => event.version < version).map(({ event }) => event);
    const decided = asked.inputs.map((input) => decide(command, before, input, subject, { commandId: asked.id, actor, now: time, tenant: asked.ask.by.tenant }));
    const facts = asStored(stored.map(({ event }) => event));
    if (!decided.some((one) => isDeepStrictEqual(one, facts))) findings.add(`${asked.label}: ${stored.map(placeOf).join(', ')}, but ${JSON.stringify(decided).slice(0, 300)} follows from it`);
  }
  return findings.result(seen);
}

/** @returns what is decided, as it would be stored, or why nothing is */
function decide(command: AnyCommand, before: readonly Fact[], input: unknown, stream: string, asked: Parameters<typeof contextOf>[1]): unknown {
  try {
    return asStored(command.decide(fold(command.aggregate as AnyDecider, before), command.input.parse(input), contextOf(stream, asked)));
  } catch (error) {
    return String(error);
  }
}
