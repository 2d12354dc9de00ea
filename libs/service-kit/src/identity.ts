/** Who issues this service's tokens, from its configuration. */
import { BuiltInIssuer } from './auth/built-in-issuer.js';
import { TokenVerifier } from './auth/tokens.js';
import type { Identity } from './config.js';

export interface Issuing {
  readonly verifier: TokenVerifier;
  /** Absent where an identity provider issues the tokens. */
  readonly issuer: BuiltInIssuer | undefined;
}

/** @param given an issuer that the process has already */
export async function issuingOf(identity: Identity, given?: BuiltInIssuer): Promise<Issuing> {
  const issuer = given ?? (await builtIn(identity));
  if (issuer !== undefined) return { issuer, verifier: TokenVerifier.ofBuiltIn(issuer) };
  if (identity.kind !== 'oidc') throw new Error('no issuer of tokens');
  return { issuer, verifier: TokenVerifier.ofOidc(identity) };
}

function builtIn(identity: Identity): Promise<BuiltInIssuer> | undefined {
  if (identity.kind === 'oidc') return undefined;
  return identity.kind === 'secret' ? BuiltInIssuer.fromSecret(identity.secret) : BuiltInIssuer.fromFile(identity.file);
}
