/** What can be said to `npm run redrive`. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseCommand, Usage } from '../scenario/options.js';

export interface RedriveOptions {
  readonly list?: boolean;
  readonly id?: string;
  readonly consumer?: string;
  readonly all?: boolean;
  readonly context?: ContextName;
  readonly raw?: string;
  readonly json: boolean;
  readonly url?: string;
  readonly port: number;
  readonly distributed: boolean;
  readonly dataDir?: string;
  readonly tokenFile?: string;
}

const HELP = `
What to do is one of --list, --id, --consumer and --all. Exit status: 0 when nothing that was asked for is left, 1 when
something is, or a service does not answer, 2 for a wrong call.

  npm run redrive -- --list                                  what waits, in every context
  npm run redrive -- --list --json --context billing         … one JSON line per event, with its text as it came
  npm run redrive -- --context billing --id 17               one of them, and what waits behind it
  npm run redrive -- --context billing --id 17 --raw fixed.json
  npm run redrive -- --consumer reaction.on-lathe-stopped    those of a consumer
  npm run redrive -- --all --url https://pioche.example.org --token-file token`;

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError('A whole number from 1 to 65535 is expected.');
  return value;
};

/** @throws Usage */
export function parseRedrive(argv: readonly string[]): RedriveOptions {
  const program = new Command('npm run redrive --')
    .description('Has events that a consumer could not handle tried again, by the services’ own APIs, each with those that waited behind it.')
    .option('--list', 'show them')
    .option('--id <id>', 'one of them, as --list shows it; needs --context')
    .option('--consumer <name>', 'all of a consumer; with --list: only its')
    .option('--all', 'all of them')
    .addOption(new Option('--context <name>', 'in this context only').choices(CONTEXTS))
    .option('--raw <file>', 'with --id: the corrected event, to be handled instead of what came')
    .option('--json', 'one JSON line for each', false)
    .option('--url <url>', 'where the platform answers; `{context}` in it stands for the context, else its name is put behind it')
    .option('--port <n>', 'of a platform on this machine', port, 4000)
    .option('--distributed', 'the platform on this machine was started with `npm run start:distributed`', false)
    .option('--data-dir <dir>', 'its data folder, which has the key for a token (default: .pioche/embedded or .pioche/distributed)')
    .option('--token-file <file>', 'an operator’s access token; else that of PIOCHE_TOKEN')
    .addHelpText('after', HELP);
  const options = parseCommand<RedriveOptions>(program, argv);
  const wrong = whatIsWrong(options);
  if (wrong !== undefined) throw new Usage(2, `error: ${wrong}`);
  return options;
}

function whatIsWrong({ list, id, consumer, all, context, raw }: RedriveOptions): string | undefined {
  const asked = [list, id, all].filter((one) => one !== undefined).length;
  if (asked > 1 || (asked === 0 && consumer === undefined)) return 'say one of --list, --id, --consumer, --all';
  if (consumer !== undefined && (id ?? all) !== undefined) return '--consumer is for --list, or by itself';
  if (id !== undefined && !/^\d{1,18}$/.test(id)) return '--id is a number, as --list shows it';
  if (id !== undefined && context === undefined) return '--id needs --context: each context counts its own';
  if (raw !== undefined && id === undefined) return '--raw needs --id: it is one event';
  return undefined;
}
