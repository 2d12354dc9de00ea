/** Issues access tokens where there is no identity provider: the embedded shape, development, tests. Ed25519. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import type { Role } from './principal.js';
import { signingKeyOf } from './signing-key.js';

export const BUILT_IN_ISSUER = 'https://pioche.fr/built-in-issuer';
const HOUR_S = 3600;

export interface TokenRequest {
  readonly subject: string;
  readonly role: Role | readonly Role[];
  readonly tenant?: string;
  /** Seconds; an hour when absent. */
  readonly lifetime?: number;
}

export class BuiltInIssuer {
  private constructor(
    private readonly key: KeyObject,
    private readonly publicJwk: JWK,
    readonly audience: string,
  ) {}

  /** The key of this file (a private JWK), which is made when it is missing, readable by its owner only. */
  static async fromFile(file: string, audience = 'pioche'): Promise<BuiltInIssuer> {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      text = writeNewKey(file);
    }
    return BuiltInIssuer.of(createPrivateKey({ key: JSON.parse(text) as JWK, format: 'jwk' }), audience);
  }

  /** The key that follows from a secret: several processes that know it issue and accept the same tokens. */
  static fromSecret(secret: string, audience = 'pioche'): Promise<BuiltInIssuer> {
    return BuiltInIssuer.of(signingKeyOf(secret, 'pioche built-in issuer'), audience);
  }

  private static async of(key: KeyObject, audience: string): Promise<BuiltInIssuer> {
    const jwk = createPublicKey(key).export({ format: 'jwk' }) as JWK;
    return new BuiltInIssuer(key, { ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) }, audience);
  }

  jwks(): JSONWebKeySet {
    return { keys: [this.publicJwk] };
  }

  /** @returns an access token (a signed JWT, RFC 9068) */
  mint({ subject, role, tenant, lifetime = HOUR_S }: TokenRequest): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ roles: typeof role === 'string' ? [role] : role, ...(tenant === undefined ? {} : { tenant }) })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...(this.publicJwk.kid === undefined ? {} : { kid: this.publicJwk.kid }) })
      .setIssuer(BUILT_IN_ISSUER)
      .setAudience(this.audience)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .sign(this.key);
  }
}

/** Another process may make the file at the same moment: the first one's key counts. */
function writeNewKey(file: string): string {
  const text = JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFileSync(file, 'utf8');
  }
}
