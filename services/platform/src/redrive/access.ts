/** Where the services are, and with whose token they are asked. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { BuiltInIssuer } from '@pioche/service-kit';
import { addressOf } from '../address.js';
import { isInstalled } from '../installation.js';
import { Usage } from '../scenario/options.js';
import type { RedriveOptions } from './options.js';

/** Base URL of a context. */
export function urlOf({ url, port, distributed }: RedriveOptions, context: ContextName): string {
  if (url !== undefined) return addressOf(url, context);
  return distributed ? `http://127.0.0.1:${port + CONTEXTS.indexOf(context)}` : `http://localhost:${port}/${context}`;
}

/** An operator's access token. @throws Usage when there is none to be had */
export async function tokenOf({ tokenFile, dataDir, distributed }: RedriveOptions, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (tokenFile !== undefined) {
    if (!existsSync(tokenFile)) throw new Usage(2, `error: ${tokenFile}: there is no such file`);
    return readFileSync(tokenFile, 'utf8').trim();
  }
  if (env['PIOCHE_TOKEN']) return env['PIOCHE_TOKEN'].trim();
  const folder = resolve(dataDir ?? (distributed ? '.pioche/distributed' : '.pioche/embedded'));
  if (!isInstalled(folder)) throw new Usage(2, `error: no token: ${folder} is no data folder of a platform; say --data-dir, --token-file or PIOCHE_TOKEN`);
  const { secret } = JSON.parse(readFileSync(join(folder, 'installation.json'), 'utf8')) as { secret: string };
  return (await BuiltInIssuer.fromSecret(secret)).mint({ subject: 'redrive', role: 'operator' });
}
