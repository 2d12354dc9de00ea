/** The history as a file: one JSON line per record, written before what it tells of goes on, so that a killed run leaves it too. */
import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { HistoryRecord } from './records.js';

/** A record without its time. */
type New = HistoryRecord extends infer R ? (R extends HistoryRecord ? Omit<R, 'at'> : never) : never;

export class History {
  private readonly file: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'w');
  }

  write(record: New): void {
    writeSync(this.file, `${JSON.stringify({ at: new Date().toISOString(), ...record })}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** What stands in the file; a last line that was cut off is left out. */
export async function readHistory(path: string): Promise<HistoryRecord[]> {
  const records: HistoryRecord[] = [];
  let cut: string | undefined;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (cut !== undefined) throw new Error(`${path}: not a record: ${cut.slice(0, 80)}`);
    try {
      records.push(JSON.parse(line) as HistoryRecord);
    } catch {
      cut = line;
    }
  }
  return records;
}
