/** What `npm run backup` and `npm run restore` can be told. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { Command, InvalidArgumentError } from 'commander';
import { parseCommand, Usage } from '../scenario/options.js';
import type { DatabaseUrls } from './cut.js';

/** An installation's folder, or each context's database by its URL. */
export type Place = { readonly dataDir: string } | { readonly urls: DatabaseUrls };

export interface BackupChoice {
  readonly to: string;
  readonly place: Place;
}

export interface RestoreChoice {
  readonly from: string;
  readonly place: Place;
  /** The file with the installation's secret; `<from>.key` where absent. */
  readonly key?: string;
  /** Begin with a new secret. */
  readonly newKey: boolean;
}

type Named = ReadonlyMap<ContextName, string>;

interface PlaceOptions {
  readonly dataDir?: string;
  readonly database?: Named;
}

const isContext = (name: string): name is ContextName => (CONTEXTS as readonly string[]).includes(name);

function named(text: string, before: Named = new Map()): Named {
  const [, context = '', url = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  if (!isContext(context) || !URL.canParse(url)) throw new InvalidArgumentError(`CONTEXT=URL is expected, with a context of ${CONTEXTS.join(', ')}.`);
  return new Map([...before, [context, url]]);
}

const withPlace = (program: Command, dataDirMeans: string): Command =>
  program.option('--data-dir <dir>', dataDirMeans).option('--database <context=url>', 'a context’s database instead of --data-dir, once for each context: to back up as a role that sees every row, to restore as its owner', named);

/** @throws Usage */
function placeOf({ dataDir, database }: PlaceOptions, defaultDataDir?: string): Place {
  if (database === undefined) {
    const folder = dataDir ?? defaultDataDir;
    if (folder === undefined) throw new Usage(2, 'error: --data-dir <dir>, or --database <context=url> for each context, is needed');
    return { dataDir: folder };
  }
  if (dataDir !== undefined) throw new Usage(2, 'error: --data-dir and --database say the same thing twice: give one of them');
  const missing = CONTEXTS.filter((context) => !database.has(context));
  if (missing.length > 0) throw new Usage(2, `error: --database is missing for ${missing.join(', ')}`);
  return { urls: Object.fromEntries(database) as DatabaseUrls };
}

/** @throws Usage */
export function parseBackup(argv: readonly string[]): BackupChoice {
  const program = new Command('npm run backup --')
    .description('Copies every store to one consistent cut, while everything goes on.')
    .requiredOption('--to <dir>', 'a folder that is not there yet');
  const { to, ...where } = parseCommand<PlaceOptions & { to: string }>(withPlace(program, 'the installation’s folder (default: .pioche/embedded)'), argv);
  return { to, place: placeOf(where, '.pioche/embedded') };
}

/** @throws Usage */
export function parseRestore(argv: readonly string[]): RestoreChoice {
  const program = new Command('npm run restore --')
    .description('Restores a backup into empty databases, all or nothing. Cut off, it can be run again.')
    .requiredOption('--from <dir>', 'the backup')
    .option('--key <file>', 'the installation’s secret, as the backup put it beside itself (default: <from>.key)')
    .option('--new-key', 'begin with a new secret: tokens and signed checkpoints of before will not be of the same key', false);
  const { from, key, newKey, ...where } = parseCommand<PlaceOptions & { from: string; key?: string; newKey: boolean }>(withPlace(program, 'the new installation’s folder'), argv);
  return { from, newKey, ...(key !== undefined && { key }), place: placeOf(where) };
}
