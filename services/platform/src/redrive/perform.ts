/** Does what was asked, and says it line by line. */
import { readFileSync } from 'node:fs';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { Usage } from '../scenario/options.js';
import { Letters, type Letter, type Redriven } from './letters.js';
import type { RedriveOptions } from './options.js';

/** @returns the exit status: 0 when nothing that was asked for is left */
export async function performRedrive(letters: Letters, options: RedriveOptions, say: (line: string) => void): Promise<number> {
  const { list, id, consumer, json } = options;
  const contexts: readonly ContextName[] = options.context === undefined ? CONTEXTS : [options.context];
  const told = (context: ContextName, letter: Pick<Letter, 'id'>, done: Redriven): number => {
    say(json ? JSON.stringify({ context, id: letter.id, ...done }) : `${context} ${letter.id}: ${outcomeOf(done)}`);
    return done.failed === undefined ? 0 : 1;
  };
  if (id !== undefined) {
    const [context = 'inventory'] = contexts;
    return told(context, { id }, await letters.redrive(context, id, correctedOf(options.raw)));
  }
  let status = 0;
  let found = 0;
  for (const context of contexts) {
    // All are read before the first is driven: one that fails again is not met a second time.
    const dead: Letter[] = [];
    for await (const letter of letters.dead(context, consumer)) dead.push(letter);
    found += dead.length;
    for (const letter of dead) {
      if (list === true) say(json ? JSON.stringify({ context, ...letter }) : lineOf(context, letter));
      else status = Math.max(status, told(context, letter, await letters.redrive(context, letter.id)));
    }
  }
  if (found === 0 && !json) say('no dead letters');
  return status;
}

function correctedOf(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Usage(2, `error: ${file}: cannot be read`);
  }
}

const outcomeOf = ({ redriven, open, failed }: Redriven): string =>
  failed === undefined
    ? `handled, with ${redriven - 1} that waited behind it`
    : `${redriven} handled, ${open} left: ${failed.id} is dead: ${failed.reason}`;

const lineOf = (context: ContextName, { id, consumer, source, stream, type, at, reason }: Letter): string =>
  `${context} ${id}  ${at}  ${consumer}  ${source} ${type ?? 'not an event'} ${stream ?? ''}  ${reason}`;
