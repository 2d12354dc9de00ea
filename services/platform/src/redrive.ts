/** `npm run redrive`: dead letters, for operators. */
import { performRedrive } from './redrive/perform.js';
import { tokenOf, urlOf } from './redrive/access.js';
import { Letters } from './redrive/letters.js';
import { parseRedrive } from './redrive/options.js';
import { runMain } from './run-main.js';

await runMain(async () => {
  const options = parseRedrive(process.argv.slice(2));
  const letters = new Letters((context) => urlOf(options, context), await tokenOf(options));
  return performRedrive(letters, options, (line) => void process.stdout.write(`${line}\n`));
});
