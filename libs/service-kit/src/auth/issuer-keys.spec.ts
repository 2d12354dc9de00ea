import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { TokenVerifier } from './tokens.js';

/** An issuer with keys that turn, which counts how often it is asked. */
class Issuer {
  readonly asked: string[] = [];
  status = 200;
  /** What its discovery document says that it is, where that is not the truth. */
  claims: string | undefined;
  private keys: JWK[] = [];
  private signWith: { key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']; kid: string } | undefined;
  private readonly server: Server = createServer((request, response) => {
    this.asked.push(request.url ?? '');
    const body = request.url === '/jwks' ? { keys: this.keys } : { issuer: this.claims ?? this.url, jwks_uri: `${this.url}/jwks` };
    response.writeHead(this.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => void this.server.listen(0, '127.0.0.1', resolve));
    await this.rotate();
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Signs with a new key from now on; those before stay published. */
  async rotate(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    this.keys.push({ ...jwk, kid, alg: 'ES256', use: 'sig' });
    this.signWith = { key: privateKey, kid };
  }

  async token(claims: Record<string, unknown> = { roles: ['operator'] }, kid = this.signWith?.kid ?? ''): Promise<string> {
    if (this.signWith === undefined) throw new Error('not started');
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).setIssuer(this.url).setAudience('pioche').setSubject('ann').setIssuedAt().setExpirationTime('5m');
    return `Bearer ${await jwt.sign(this.signWith.key)}`;
  }

  get askedForKeys(): number {
    return this.asked.filter((url) => url === '/jwks').length;
  }
}

/** @returns moves it on, in milliseconds */
function timeStands(): (ms: number) => void {
  const [date, mark] = [Date.now(), performance.now()];
  const [dates, marks] = [jest.spyOn(Date, 'now').mockReturnValue(date), jest.spyOn(performance, 'now').mockReturnValue(mark)];
  return (ms) => {
    dates.mockReturnValue(date + ms);
    marks.mockReturnValue(mark + ms);
  };
}

describe('the keys of an OIDC issuer', () => {
  let issuer: Issuer;
  const verifierOf = (more = {}) => TokenVerifier.ofOidc({ issuer: issuer.url, audience: 'pioche', ...more });
  const refused = (verifier: TokenVerifier, token: string) => Promise.resolve(verifier.principalOf(token)).then(() => 'accepted', ({ code }: { code: string }) => code);
  beforeEach(async () => (issuer = await new Issuer().start()));
  afterEach(async () => {
    jest.restoreAllMocks();
    await issuer.stop();
  });

  it('are found from its name alone, once', async () => {
    const verifier = verifierOf();
    const tokens = await Promise.all([1, 2, 3].map((n) => issuer.token({ roles: ['operator'], n })));
    for (const token of tokens) expect(await verifier.principalOf(token)).toEqual({ subject: 'ann', roles: ['operator'] });
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('are taken from where it is told, without discovery', async () => {
    await verifierOf({ jwksUrl: `${issuer.url}/jwks` }).principalOf(await issuer.token());
    expect(issuer.asked).toEqual(['/jwks']);
  });

  it('are not taken from a document that names another issuer', async () => {
    issuer.claims = 'https://another.example';
    expect(await refused(verifierOf(), await issuer.token())).toBe('not-ready');
  });

  it('are asked for again when one is not known, at most once in a while whoever makes them up', async () => {
    const later = timeStands();
    const verifier = verifierOf();
    const [old, another] = [await issuer.token(), await issuer.token({ roles: [], n: 2 })];
    await verifier.principalOf(old);
    later(6_000);
    await issuer.rotate();
    expect(await verifier.principalOf(await issuer.token())).toMatchObject({ subject: 'ann' });
    expect(await verifier.principalOf(another)).toMatchObject({ subject: 'ann' });
    expect(issuer.askedForKeys).toBe(2);
    for (let n = 0; n < 20; n += 1) expect(await refused(verifier, await issuer.token({}, `made up ${n}`))).toBe('unauthenticated');
    expect(issuer.askedForKeys).toBe(2);
  });

  it.each([['is gone', () => issuer.stop()], ['answers with an error', async () => void (issuer.status = 502)]])('when it %s: tokens and keys that are known go on, others wait, and it is left alone', async (_, break_) => {
    const later = timeStands();
    const verifier = verifierOf();
    const [known, same, other] = [await issuer.token(), await issuer.token({ roles: [], n: 2 }), await issuer.token({}, 'of tomorrow')];
    await verifier.principalOf(known);
    later(6_000);
    await break_();
    const asked = issuer.asked.length;
    for (let n = 0; n < 10; n += 1) expect(await refused(verifier, other)).toBe('not-ready');
    expect(issuer.asked.length - asked).toBe(issuer.status === 502 ? 1 : 0);
    expect(await verifier.principalOf(known)).toMatchObject({ subject: 'ann' });
    expect(await verifier.principalOf(same)).toMatchObject({ subject: 'ann' });
  });

  it('come with roles in a claim of its choice', async () => {
    const token = await issuer.token({ groups: ['auditor', 'somebody'], roles: ['operator'] });
    expect(await verifierOf({ rolesClaim: 'groups' }).principalOf(token)).toEqual({ subject: 'ann', roles: ['auditor'] });
    expect(await verifierOf().principalOf(token)).toEqual({ subject: 'ann', roles: ['operator'] });
  });
});
