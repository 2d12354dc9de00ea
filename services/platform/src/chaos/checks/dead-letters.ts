/** Nothing was put aside: no consumer of any context has an open dead letter. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import pg from 'pg';
import type { System } from '../system.js';
import { Findings, type Result } from './check.js';

export interface OpenLetter {
  readonly context: ContextName;
  readonly consumer: string;
  readonly source: string;
  readonly position: number | null;
  readonly state: string;
  readonly reason: string;
}

export async function readDeadLetters({ databaseUrl }: Pick<System, 'databaseUrl'>): Promise<OpenLetter[]> {
  const letters = await Promise.all(
    CONTEXTS.map(async (context) => {
      const client = new pg.Client({ connectionString: databaseUrl[context], application_name: 'pioche chaos' });
      await client.connect();
      try {
        const { rows } = await client.query<Omit<OpenLetter, 'context'>>(`SELECT consumer, source, position::float8 AS position, state, reason FROM dead_letters WHERE state <> 'redriven' ORDER BY dead_letters.id`);
        return rows.map((row) => ({ context, ...row }));
      } finally {
        await client.end();
      }
    }),
  );
  return letters.flat();
}

/** @param onTopic records of the dead-letter topic */
export function noDeadLetters(letters: readonly OpenLetter[], onTopic: number): Result {
  const findings = new Findings('there are no dead letters');
  for (const { context, consumer, source, position, state, reason } of letters) findings.add(`${context}.${consumer}: ${source}:${position} is ${state}: ${reason}`);
  if (letters.length === 0 && onTopic > 0) findings.add(`the dead-letter topic has ${onTopic} records`);
  return findings.result(CONTEXTS.length);
}
