/** `npm run simulate -- <mode> [options]`: progress on stderr, one JSON object on stdout or in `--out`. */
import { renameSync, writeFileSync } from 'node:fs';
import { TraceError } from '@pioche/traces';
import { SingleBar } from 'cli-progress';
import { Command, CommanderError } from 'commander';
import { deepQueue } from './deep-queue/mode.js';
import { InputError, type Progress } from './mode.js';
import { packing } from './packing/mode.js';
import { queueing } from './queueing/mode.js';

const program = new Command('simulate').description("Drives the scheduling engine with traces.").exitOverride().showHelpAfterError();

/** A bar where somebody looks at it, nothing else. */
function bar(): Progress {
  if (!process.stderr.isTTY) return () => undefined;
  const shown = new SingleBar({ stream: process.stderr, clearOnComplete: true, format: '{bar} {percentage} % {eta_formatted}' });
  let started = false;
  return (done, of) => {
    if (!started) shown.start(of, 0);
    started = true;
    shown.update(done);
    if (done >= of) shown.stop();
  };
}

/** Whole or not at all: a killed simulation leaves no half file. */
function write(file: string | undefined, result: object): void {
  const text = `${JSON.stringify(result)}\n`;
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, text);
  renameSync(part, file);
}

for (const mode of [packing, queueing, deepQueue]) mode(program, (result) => write(program.opts<{ out?: string }>().out, result), bar());
program.option('--out <file>', 'write the result here instead of to stdout');

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof InputError || error instanceof TraceError) {
    process.stderr.write(`simulate: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
