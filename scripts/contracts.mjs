/**
 * Records what the contracts publish.
 *   --accept         writes libs/contracts/published/*.json, the reference of the compatibility test; refuses a breaking change
 *   --even-breaking  … and does not refuse: for what nobody outside has seen yet
 *   --page           writes docs/events.md
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { breakingChanges, CONTEXTS, eventsOf, eventsPage, snapshotOf, writtenTooSoon } from '../libs/contracts/dist/index.js';

const root = new URL('../', import.meta.url);
const asked = new Set(process.argv.slice(2));

function accept() {
  const folder = new URL('libs/contracts/published/', root);
  mkdirSync(folder, { recursive: true });
  const snapshots = CONTEXTS.map((context) => ({ context, file: new URL(`${context}.json`, folder), now: snapshotOf(context) }));
  const breaks = snapshots.flatMap(({ context, file, now }) => {
    if (!existsSync(file)) return [];
    const before = JSON.parse(readFileSync(file, 'utf8'));
    return [...breakingChanges(before, now), ...writtenTooSoon(before, eventsOf(context))];
  });
  for (const { event, field, reason } of breaks) console.error(`${event} ${field}: ${reason}`);
  if (breaks.length > 0 && !asked.has('--even-breaking')) {
    console.error('These would break consumers: add a version of the event, with the old one in its history, and go on writing that one for a release (docs/upgrades.md).');
    process.exit(1);
  }
  for (const { file, now } of snapshots) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
}

if (asked.has('--accept')) accept();
if (asked.has('--page')) writeFileSync(new URL('docs/events.md', root), eventsPage());
