/** What can be said to `pioche`. */
import type { ContextName } from '@pioche/contracts';
import { Argument, Command, CommanderError } from 'commander';
import { integer, withPlay, type Play } from '../scenario/options.js';

export interface RemotePlay extends Play {
  readonly url: string;
}

/** Who has one, if the token is to be one of the built-in issuer. */
export interface TokenWish {
  readonly role: string;
  readonly tenant?: string;
  readonly subject: string;
  /** Seconds. */
  readonly lifetime: number;
}

/** What each command does. */
export interface Deeds {
  readonly serve: (context: ContextName) => Promise<void>;
  readonly migrate: (context: ContextName) => Promise<void>;
  readonly migrated: (context: ContextName) => Promise<void>;
  readonly databases: () => Promise<void>;
  /** @param url absent: the service of this container */
  readonly ready: (url: string | undefined) => Promise<void>;
  readonly scenario: (options: RemotePlay) => Promise<void>;
  readonly token: (options: TokenWish) => Promise<void>;
}

const YEAR_S = 366 * 86_400;

/** Does what is asked for. A wrong call ends the process with 2, and says what there is. */
export async function runCommandLine(argv: readonly string[], contexts: readonly ContextName[], deeds: Deeds): Promise<void> {
  try {
    await commandsOf(contexts, deeds).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

function commandsOf(contexts: readonly ContextName[], deeds: Deeds): Command {
  const program = new Command('pioche')
    .description('The platform’s services, and what belongs to running them. Everything is configured by the environment;\n`<NAME>_FILE` names a file whose text stands for `<NAME>`.')
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false);
  const context = (): Argument => new Argument('<context>', 'whose').choices(contexts);

  for (const name of contexts) program.command(name).description(`the service ${name}`).action(() => deeds.serve(name));
  program.command('migrate').description('run the migrations of a context that are missing, give its roles their rights, and end').addArgument(context()).action(deeds.migrate);
  program.command('migrated').description('wait until every migration that this build knows has been run').addArgument(context()).action(deeds.migrated);
  program.command('databases').description('make the databases and roles that <CONTEXT>_DATABASE_URL, …_OWNER_URL and …_READER_URL name, as POSTGRES_URL').action(deeds.databases);
  program.command('ready').description('ask a service once whether it is ready').argument('[url]', 'of the service (default: the one here, on PORT)').action(deeds.ready);
  withPlay(program.command('scenario'), '/tmp/scenario')
    .description('play a month on services that are there, on a simulated clock, and reconcile every figure; status 0 only if all agree')
    .requiredOption('--url <url>', 'where they answer; `{context}` in it stands for the context')
    .action(deeds.scenario);
  program
    .command('token')
    .description('print an access token of the built-in issuer (ISSUER_SECRET)')
    .requiredOption('--role <role>', 'what its holder may do')
    .option('--tenant <id>', 'whose tenant’s')
    .option('--subject <name>', 'who holds it', 'you')
    .option('--lifetime <seconds>', 'how long it is good for', integer(1, YEAR_S), 3600)
    .action(deeds.token);
  return program;
}
