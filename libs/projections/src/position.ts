/** `Pioche-Position` and `Pioche-After`: places in contexts' logs, as `inventory:1234` or `inventory:1234,scheduling:77`. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';

export interface LogPosition {
  readonly source: ContextName;
  /** Position of an event in that context's log, from 1; 0 is before the first. */
  readonly position: number;
}

export class MalformedPositionError extends Error {
  override readonly name = 'MalformedPositionError';
  constructor(token: string) {
    super(`${JSON.stringify(token)} is no position: it must read like "inventory:1234", several with commas between`);
  }
}

const isContext = (name: string): name is ContextName => (CONTEXTS as readonly string[]).includes(name);

/** @throws MalformedPositionError */
export function parsePosition(token: string): LogPosition[] {
  return token.split(',').map((part) => {
    const [, source = '', digits = ''] = /^\s*([a-z]+):(\d{1,16})\s*$/.exec(part) ?? [];
    const position = Number(digits);
    if (!isContext(source) || !Number.isSafeInteger(position)) throw new MalformedPositionError(token);
    return { source, position };
  });
}

export const formatPosition = (...positions: readonly LogPosition[]): string =>
  positions.map(({ source, position }) => `${source}:${position}`).join(',');
