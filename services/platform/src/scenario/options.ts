/** What can be said on the command line. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

export type TraceFormat = 'philly' | 'pioche';

/** What is played, and where its progress is kept. */
export interface Play {
  readonly jobs?: string;
  readonly format: TraceFormat;
  readonly days: number;
  readonly maxJobs?: number;
  readonly seed: number;
  readonly report?: string;
  readonly dataDir: string;
}

export interface ScenarioOptions extends Play {
  readonly once: boolean;
  readonly fresh: boolean;
  readonly port: number;
}

/** The command line is wrong, or only asks for help: print the text, if any is left, and end with the status. */
export class Usage extends Error {
  override readonly name = 'Usage';
  constructor(
    readonly status: 0 | 2,
    message: string,
  ) {
    super(message);
  }
}

export const integer = (min: number, max: number) => (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new InvalidArgumentError(`A whole number from ${min} to ${max} is expected.`);
  return value;
};

/** Adds the options of `Play`. */
export const withPlay = (command: Command, dataDir: string): Command =>
  command
    .option('--jobs <file>', 'replay this trace; without it a workload is generated')
    .addOption(new Option('--format <format>', 'format of the trace').choices(['philly', 'pioche']).default('pioche'))
    .option('--days <n>', 'simulated days in which jobs arrive; of a longer trace the busiest', integer(1, 30), 30)
    .option('--max-jobs <n>', 'submit at most so many jobs', integer(1, 1_000_000))
    .option('--seed <n>', 'of everything random: workload, failures', integer(0, 2 ** 31 - 1), 1)
    .option('--report <file>', 'write the reconciliation as JSON here (default: reconciliation.json in the data folder)')
    .option('--data-dir <dir>', 'where everything is kept', dataDir);

/** @throws Usage */
export function parseOptions(command: string, argv: readonly string[], defaultDataDir: string): ScenarioOptions {
  const program = withPlay(new Command(command), defaultDataDir)
    .description('Starts Pioche and runs the scenario `superpod`: a 127-node SuperPOD is commissioned, tenants submit jobs for a month, nodes fail,\na tenant is switched off and on, the month is invoiced, and every figure is reconciled. Then it stays up and serves every API.')
    .option('--once', 'end after the reconciliation; exit status 0 only if everything agrees', false)
    .option('--fresh', 'start over with empty stores', false)
    .option('--port <n>', 'serve the APIs on this port', integer(1, 65_535), 4000);
  return parseCommand<ScenarioOptions>(program, argv);
}

/** What a command line says, to a program that takes options only. @throws Usage */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as commander has it: whoever declares the options knows them
export function parseCommand<Options extends object>(program: Command, argv: readonly string[]): Options {
  let text = '';
  program
    .allowExcessArguments(false)
    .configureOutput({ writeOut: (out) => (text += out), writeErr: (out) => (text += out) })
    .exitOverride();
  try {
    // `npm start -- --once` is typed without npm too.
    program.parse(argv[0] === '--' ? argv.slice(1) : [...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new Usage(error.exitCode === 0 ? 0 : 2, text.trimEnd());
    throw error;
  }
  return program.opts<Options>();
}
