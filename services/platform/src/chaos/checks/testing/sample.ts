/** A small log for tests of the checks: right as it is, until a test spoils it. */
import { cloudEventText, type ContextName } from '@pioche/contracts';
import { eventIdOf } from '@pioche/event-store';
import type { Fact } from '@pioche/kernel';
import type { Logged, Logs } from '../logs.js';
import type { Topics } from '../kafka.js';

const AT = '2026-11-17T10:00:00.000Z';

export interface Wrote {
  readonly command: string;
  readonly stream: string;
  readonly facts: readonly Fact[];
  readonly at?: string;
  /** Number of its first event within the command. */
  readonly from?: number;
}

/** A context's log, one command after the other. */
export function logOf(context: ContextName, ...commands: readonly Wrote[]): Logged[] {
  const versions = new Map<string, number>();
  let position = 0;
  return commands.flatMap(({ command, stream, facts, at = AT, from = 0 }) =>
    facts.map(({ type, data }, n) => {
      position += 1;
      const version = (versions.get(stream) ?? 0) + 1;
      versions.set(stream, version);
      const id = eventIdOf(command, from + n);
      const meta = { actor: 'operations', correlationId: command, causationId: command };
      const text = cloudEventText({ context, position, stream, version, eventId: id, type, schemaVersion: 1, dataJson: JSON.stringify(data), time: at, recordedTime: at, meta });
      return { command, text, event: { type, data, id, context, subject: stream, version, position, time: at, recordedTime: at, schemaVersion: 1, ...meta } };
    }),
  );
}

export const logsWith = (some: Partial<Logs>): Logs => ({ inventory: [], scheduling: [], billing: [], sovereignty: [], lab: [], ...some });

/** Topics that have what the logs have. */
export const topicsOf = (logs: Logs): Topics => {
  const published = (context: ContextName) => logs[context].map(({ text }, offset) => ({ partition: 0, offset, text }));
  return { inventory: published('inventory'), scheduling: published('scheduling'), billing: published('billing'), sovereignty: published('sovereignty'), lab: published('lab') };
};

/** Without the nth. */
export const without = <T>(items: readonly T[], n: number): T[] => items.filter((_, index) => index !== n);
