/** How far the scenario has come: one small file, written whole or not at all. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Instant } from '@pioche/kernel';

export interface Progress {
  /** What this run was asked for; another wish needs `--fresh`. */
  readonly asked: string;
  /** All up to here is done. */
  readonly now: Instant;
  readonly finished: boolean;
}

export class ScenarioState {
  constructor(private readonly file: string) {}

  read(): Progress | undefined {
    return existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as Progress) : undefined;
  }

  write(progress: Progress): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, JSON.stringify(progress));
    renameSync(`${this.file}.new`, this.file);
  }
}
