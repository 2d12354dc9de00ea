/** A real Keycloak: the one that KEYCLOAK_HOME names, else one that Maven fetches once. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ChildServer, freePort } from '@pioche/local-servers';

const ROOT = resolve(import.meta.dirname, '../../..');
const VERSION = '26.4.0';
const PLACE = join(ROOT, '.pioche/keycloak', VERSION);
/** Stands where the distribution is whole and built. */
const BUILT = '.built';
const MAVEN_UNPACK = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack';

const run = promisify(execFile);

/** Its folder; nothing, with a line that says what to do, where there is none and none can be had. */
export async function keycloakHome(say: (line: string) => void): Promise<string | undefined> {
  const named = process.env['KEYCLOAK_HOME'];
  if (named) return named;
  if (existsSync(join(PLACE, BUILT))) return PLACE;
  say(`Keycloak: fetching and building ${VERSION} (160 MB and minutes, once)`);
  const fresh = join(dirname(PLACE), `${VERSION}.${process.pid}`);
  mkdirSync(fresh, { recursive: true });
  try {
    await run('mvn', ['-q', '-B', MAVEN_UNPACK, `-Dartifact=org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`, `-DoutputDirectory=${fresh}`]);
    const home = join(fresh, `keycloak-${VERSION}`);
    // In memory: each start is a new one, and several can run from one folder.
    await run('sh', ['bin/kc.sh', 'build', '--db=dev-mem', '--health-enabled=true'], { cwd: home });
    writeFileSync(join(home, BUILT), '');
    rmSync(PLACE, { recursive: true, force: true });
    renameSync(home, PLACE);
    return PLACE;
  } catch (error) {
    const { code, stdout = '' } = error as { code?: unknown; stdout?: string };
    const said = code === 'ENOENT' ? 'no Maven found' : stdout.split('\n').find((line) => line.includes('ERROR'))?.slice(0, 160) ?? String(error);
    say(`Keycloak: none (${said}): install Maven and Java 17, or set KEYCLOAK_HOME`);
    return undefined;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The realm of deploy/keycloak, as an operator imports it. */
export const realmFile = (): Record<string, unknown> => JSON.parse(readFileSync(join(ROOT, 'deploy/keycloak/pioche-realm.json'), 'utf8')) as Record<string, unknown>;

/** As bin/kc.sh of a built distribution gives them, but for the size of the heap. */
const javaOptions = (home: string): string[] => [
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  ...['java.util', 'java.util.concurrent', 'java.security'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '-Xms64m', '-Xmx512m', '-XX:MaxMetaspaceSize=256m',
  `-Dkc.home.dir=${home}`, `-Djboss.server.config.dir=${join(home, 'conf')}`,
  '-cp', join(home, 'lib/quarkus-run.jar'), 'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
];

const ADMIN = { username: 'admin', password: 'admin' };

export interface ClientRequest {
  readonly id: string;
  readonly role: string;
  readonly tenant?: string;
  /** Beside `pioche`, or instead of it. */
  readonly scopes?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A Keycloak of a test's own, on a free port of this machine. */
export class Keycloak {
  private rotations = 0;

  private constructor(
    private readonly server: ChildServer,
    readonly url: string,
  ) {}

  /** @param folder exists, and gets its log */
  static async start(home: string, folder: string, log: (line: string) => void): Promise<Keycloak> {
    const [port, management] = [await freePort(), await freePort()];
    const server = new ChildServer({
      name: 'Keycloak',
      // Not through bin/kc.sh: a signal would end the script and leave its Java behind.
      command: 'java',
      args: [...javaOptions(home), 'start', '--optimized', '--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`, `--http-management-port=${management}`, '--hostname-strict=false', '--cache=local'],
      cwd: folder,
      env: { ...process.env, KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username, KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password },
      logFile: join(folder, 'keycloak.log'),
      stopSignal: 'SIGTERM',
      // It makes its tables first, which takes a slow machine long.
      patienceMs: 600_000,
      isReady: () => fetch(`http://127.0.0.1:${management}/health/ready`).then(({ ok }) => ok, () => false),
      log,
    });
    await server.start();
    return new Keycloak(server, `http://127.0.0.1:${port}`);
  }

  issuer(realm = 'pioche'): string {
    return `${this.url}/realms/${realm}`;
  }

  /** It keeps its memory and its port, and answers nobody. */
  pause = (): void => this.server.pause();
  resume = (): void => this.server.resume();
  stop = (): Promise<void> => this.server.stop();

  importRealm(realm: Record<string, unknown>): Promise<unknown> {
    return this.admin('POST', '', realm);
  }

  /** A client with a secret of its own whose service account has this role. */
  async makeClient({ id, role, tenant, scopes = ['pioche'], attributes = {} }: ClientRequest, realm = 'pioche'): Promise<void> {
    await this.admin('POST', `/${realm}/clients`, { clientId: id, secret: id, attributes, publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false, defaultClientScopes: scopes });
    const [client] = (await this.admin('GET', `/${realm}/clients?clientId=${encodeURIComponent(id)}`)) as { id: string }[];
    const account = (await this.admin('GET', `/${realm}/clients/${client?.id}/service-account-user`)) as { id: string };
    await this.admin('POST', `/${realm}/users/${account.id}/role-mappings/realm`, [await this.admin('GET', `/${realm}/roles/${role}`)]);
    if (tenant !== undefined) await this.admin('PUT', `/${realm}/users/${account.id}`, { ...account, attributes: { tenant: [tenant] } });
  }

  /** Signs with a new key from now on; the one before stays published. */
  async rotateKeys(realm = 'pioche'): Promise<void> {
    const { id } = (await this.admin('GET', `/${realm}`)) as { id: string };
    const config = { priority: [String((this.rotations += 1) + 1_000)], enabled: ['true'], active: ['true'], ecdsaEllipticCurveKey: ['P-256'] };
    await this.admin('POST', `/${realm}/components`, { name: `key of ${Date.now()}`, parentId: id, providerId: 'ecdsa-generated', providerType: 'org.keycloak.keys.KeyProvider', config });
  }

  /** An access token by the client credentials grant (RFC 6749 §4.4). */
  clientToken(id: string, realm = 'pioche'): Promise<string> {
    return this.token(realm, { grant_type: 'client_credentials', client_id: id, client_secret: id });
  }

  /** A user with a password, and a client that may ask for tokens by it: how a test logs in without a browser. */
  async makeUser(name: string, role: string, tenant: string): Promise<void> {
    const profile = { email: `${name}@example.org`, firstName: name, lastName: 'Test', emailVerified: true };
    await this.admin('POST', '/pioche/users', { username: name, enabled: true, ...profile, attributes: { tenant: [tenant] }, credentials: [{ type: 'password', value: name, temporary: false }] });
    const [user] = (await this.admin('GET', `/pioche/users?exact=true&username=${name}`)) as { id: string }[];
    await this.admin('POST', `/pioche/users/${user?.id}/role-mappings/realm`, [await this.admin('GET', `/pioche/roles/${role}`)]);
  }

  async makePasswordClient(id: string): Promise<void> {
    await this.admin('POST', '/pioche/clients', { clientId: id, publicClient: true, directAccessGrantsEnabled: true, standardFlowEnabled: false, defaultClientScopes: ['pioche'] });
  }

  userToken(client: string, name: string): Promise<string> {
    return this.token('pioche', { grant_type: 'password', client_id: client, username: name, password: name });
  }

  private async token(realm: string, form: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.issuer(realm)}/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(form) });
    const answer = (await response.json()) as { access_token?: string };
    if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
    return answer.access_token;
  }

  /** @throws Error with what it answers, when it refuses */
  private async admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const token = await this.token('master', { grant_type: 'password', client_id: 'admin-cli', ...ADMIN });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.url}/admin/realms${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }
}
