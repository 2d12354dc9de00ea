import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_IN_ISSUER, BuiltInIssuer } from './built-in-issuer.js';
import { TokenVerifier } from './tokens.js';

const bearer = async (issuer: BuiltInIssuer, lifetime?: number): Promise<string> =>
  `Bearer ${await issuer.mint({ subject: 'ann', role: ['tenant_member', 'auditor'], tenant: 'tenant_a', ...(lifetime === undefined ? {} : { lifetime }) })}`;

describe('the built-in issuer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('issues tokens that say who it is', async () => {
    const issuer = await BuiltInIssuer.fromSecret('one secret');
    expect(await TokenVerifier.ofBuiltIn(issuer).principalOf(await bearer(issuer))).toEqual({ subject: 'ann', roles: ['auditor', 'tenant_member'], tenant: 'tenant_a' });
  });

  it('keeps its key in a file that only its owner can read', async () => {
    const file = join(folder, 'keys', 'issuer.jwk');
    const token = await bearer(await BuiltInIssuer.fromFile(file));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await TokenVerifier.ofBuiltIn(await BuiltInIssuer.fromFile(file)).principalOf(token)).toMatchObject({ subject: 'ann' });
  });

  it('shows only its public key', async () => {
    const [key] = (await BuiltInIssuer.fromSecret('one secret')).jwks().keys;
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' });
    expect(key).not.toHaveProperty('d');
  });

  it('does not accept another issuer’s tokens, nor another audience’s, nor unsigned ones', async () => {
    const verifier = TokenVerifier.ofBuiltIn(await BuiltInIssuer.fromSecret('one secret'));
    const refused = async (header: string) => expect(verifier.principalOf(header)).rejects.toMatchObject({ code: 'unauthenticated' });
    await refused(await bearer(await BuiltInIssuer.fromSecret('another secret')));
    await refused(await bearer(await BuiltInIssuer.fromSecret('one secret', 'another audience')));
    await refused(`Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"root","roles":["operator"]}').toString('base64url')}.`);
  });

  it('is an OIDC issuer like any other, by its published keys', async () => {
    const issuer = await BuiltInIssuer.fromSecret('one secret');
    const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(issuer.jwks())));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const verifier = TokenVerifier.ofOidc({ issuer: BUILT_IN_ISSUER, audience: 'pioche', jwksUrl });
    expect(await verifier.principalOf(await bearer(issuer))).toMatchObject({ subject: 'ann' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const gone = TokenVerifier.ofOidc({ issuer: BUILT_IN_ISSUER, audience: 'pioche', jwksUrl });
    await expect(gone.principalOf(await bearer(issuer))).rejects.toMatchObject({ code: 'not-ready' });
  });

  it('remembers a token no longer than it is valid', async () => {
    const issuer = await BuiltInIssuer.fromSecret('one secret');
    const verifier = TokenVerifier.ofBuiltIn(issuer);
    const token = await bearer(issuer, 1);
    await verifier.principalOf(token);
    expect(verifier.principalOf(token)).not.toBeInstanceOf(Promise);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await expect(verifier.principalOf(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
