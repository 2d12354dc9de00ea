import type { Command } from 'commander';

/** What a mode may do while it runs: tell its progress on stderr, in parts of 1. */
export interface Progress {
  (done: number, of: number): void;
}

/** One of the simulator's modes: adds itself to the command line, runs, and gives its result to `finish`. */
export interface Mode {
  (program: Command, finish: (result: object) => void, progress: Progress): void;
}

/** An input that cannot be used: what, why, and what is allowed. Ends the program with status 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
