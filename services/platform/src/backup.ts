/** `npm run backup`: every store to one consistent cut. */
import { join, resolve } from 'node:path';
import { reach } from './backup/installed.js';
import { keyFileOf, writeKey } from './backup/key.js';
import { parseBackup } from './backup/options.js';
import { takeBackup, type BackupOptions, type TakenBackup } from './backup/write-backup.js';
import { runMain, say } from './run-main.js';
import { ScenarioState } from './scenario/state.js';

await runMain(async () => {
  const { to, place } = parseBackup(process.argv.slice(2));
  if ('urls' in place) report(to, await takeBackup({ urls: place.urls, to }));
  else await backUpInstallation(resolve(place.dataDir), to);
  return 0;
});

async function backUpInstallation(dataDir: string, to: string): Promise<void> {
  const { installation, urls, stop } = await reach(dataDir, say);
  try {
    const state = new ScenarioState(join(dataDir, 'scenario.json'));
    const options: BackupOptions = { urls, to, secret: installation.secret, scenario: () => state.read() };
    const taken = await takeBackup(options);
    writeKey(to, installation.secret);
    report(to, taken);
    say(`The installation's secret is in ${keyFileOf(to)}: keep it elsewhere; who has it can sign tokens and audit checkpoints`);
  } finally {
    await stop();
  }
}

function report(to: string, { manifest, heldMs, bytes, seconds }: TakenBackup): void {
  const contexts = Object.entries(manifest.contexts);
  const events = contexts.reduce((sum, [, context]) => sum + context.events, 0);
  const packed = contexts.flatMap(([, { tables }]) => tables).reduce((sum, table) => sum + table.bytes, 0);
  say(`Events      ${events} (${contexts.map(([context, copy]) => `${context} ${copy.events}`).join(', ')})`);
  say(`Audit log   ${manifest.audit.size} leaves, root ${manifest.audit.root}`);
  say(`Size        ${mb(packed)} of ${mb(bytes)}, ${Math.round(packed / Math.max(1, events))} bytes per event`);
  say(`Time        ${seconds.toFixed(1)} s, ${Math.round(events / seconds)} events/s, ${mb(bytes / seconds)}/s; appends waited ${heldMs.toFixed(0)} ms`);
  say(`The backup is in ${resolve(to)}`);
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
