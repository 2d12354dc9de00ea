/** A PostgreSQL that takes nothing but TLS, as the one in production, with certificates made here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedPostgres, postgresBinaries } from '@pioche/local-servers';
import pg from 'pg';

export const canGuardPostgres = spawnSync('openssl', ['version']).status === 0 && (await postgresBinaries()) !== undefined;
if (!canGuardPostgres) console.warn('TLS to PostgreSQL is not tried: there is no openssl, or no PostgreSQL of our own');

export interface GuardedPostgres {
  /** Of its administrator, without a word of TLS. */
  readonly url: string;
  /** File with who vouches for it, PEM. */
  readonly ca: string;
  /** File with somebody else's certificate. */
  readonly otherCa: string;
  stop(): Promise<void>;
}

export async function guardedPostgres(): Promise<GuardedPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-guarded-'));
  const server = await embeddedPostgres({ dataDir: folder, log: () => {}, keep: false });
  if (server === undefined) throw new Error('no PostgreSQL for this machine');
  const data = join(folder, 'data');
  const { uid, gid } = statSync(data);
  const certificate = (name: string): { readonly cert: string; readonly key: string } => {
    const [cert, key] = [join(data, `${name}.crt`), join(data, `${name}.key`)];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    chownSync(key, uid, gid);
    return { cert, key };
  };
  const own = certificate('own');
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all all scram-sha-256\n');
  const admin = new pg.Client(server.url);
  await admin.connect();
  for (const [setting, value] of Object.entries({ ssl_cert_file: own.cert, ssl_key_file: own.key, ssl: 'on' })) await admin.query(`ALTER SYSTEM SET ${setting} = '${value}'`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: Object.assign(new URL(server.url), { hostname: 'localhost' }).href, ca: own.cert, otherCa: certificate('other').cert, stop };
}
