import { readFileSync } from 'node:fs';
import { TraceError } from './trace-job.js';

/** One line of a trace, read by column name. */
export interface Line {
  text(column: string): string;
  has(column: string): boolean;
  /** A number of at least `min`. @throws TraceError naming file, line and column */
  number(column: string, min: number): number;
  fail(column: string, problem: string): never;
}

/** @throws TraceError when the file cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TraceError(file, 0, 'file', (error as Error).message);
  }
}

/** Reads a CSV without quotes. @throws TraceError when the file or a column is missing, or a line has too few fields */
export function readLines(file: string, columns: readonly string[], separator = ','): Line[] {
  const [header = '', ...lines] = readText(file).split(/\r?\n/);
  const names = header.split(separator);
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new TraceError(file, 1, 'header', `missing ${missing.join(', ')}; found ${header}`);

  return lines.flatMap((content, index) => {
    if (content.trim() === '') return [];
    const fields = content.split(separator);
    const fail = (column: string, problem: string): never => {
      throw new TraceError(file, index + 2, column, problem);
    };
    if (fields.length !== names.length) fail('line', `${names.length} fields expected, ${fields.length} found`);
    const text = (column: string): string => fields[names.indexOf(column)] ?? '';
    const number = (column: string, min: number): number => {
      const value = Number(text(column));
      return text(column).trim() !== '' && Number.isFinite(value) && value >= min ? value : fail(column, `a number of at least ${min} expected, found '${text(column)}'`);
    };
    return [{ text, number, fail, has: (column) => names.includes(column) }];
  });
}
