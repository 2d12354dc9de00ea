/** The program of the image: its first argument says what it does. What it does not do is not loaded. */
import { CONTEXTS } from '@pioche/contracts';
import { runCommandLine } from './pioche/command-line.js';

await runCommandLine(process.argv.slice(2), CONTEXTS, {
  serve: async (context) => (await import('./pioche/serve.js')).serve(context),
  migrate: async (context) => (await import('./pioche/migrate.js')).migrate(context),
  migrated: async (context) => (await import('./pioche/migrate.js')).migrated(context),
  databases: async () => (await import('./pioche/databases.js')).databases(),
  ready: async (url) => (await import('./pioche/ready.js')).ready(url),
  scenario: async (options) => (await import('./pioche/scenario.js')).scenario(options),
  token: async (options) => (await import('./pioche/token.js')).token(options),
});
