/** Access tokens → principals. A token is verified once; its principal is kept until it expires. */
import { hash } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { BUILT_IN_ISSUER, type BuiltInIssuer } from './built-in-issuer.js';
import { IssuerAwayError, issuerKeys, type OidcIssuer } from './issuer-keys.js';
import { isRole, type Principal } from './principal.js';
import { ProblemError } from '../problem.js';

const KEPT = 50_000;

interface Known {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const unauthenticated = (error: string, description: string): ProblemError =>
  new ProblemError('unauthenticated', {
    details: { reason: description },
    // RFC 6750 §3
    headers: { 'www-authenticate': `Bearer realm="pioche", error="${error}", error_description="${description}"` },
  });

export class TokenVerifier {
  private readonly known = new LRUCache<string, Known>({ max: KEPT });

  private constructor(
    private readonly keys: JWTVerifyGetKey,
    private readonly issuer: string,
    private readonly audience: string,
    private readonly rolesClaim = 'roles',
  ) {}

  static ofOidc(oidc: OidcIssuer): TokenVerifier {
    return new TokenVerifier(issuerKeys(oidc), oidc.issuer, oidc.audience, oidc.rolesClaim);
  }

  static ofBuiltIn(issuer: BuiltInIssuer): TokenVerifier {
    return new TokenVerifier(createLocalJWKSet(issuer.jwks()), BUILT_IN_ISSUER, issuer.audience);
  }

  /**
   * Whose token this is; without waiting when it has been seen before.
   * @param header the `Authorization` header
   * @throws ProblemError `unauthenticated`; `not-ready` where the issuer has to be asked, and does not answer
   */
  principalOf(header: string | undefined): Principal | Promise<Principal> {
    const token = header?.startsWith('Bearer ') === true ? header.slice('Bearer '.length) : undefined;
    if (token === undefined) {
      throw new ProblemError('unauthenticated', { headers: { 'www-authenticate': 'Bearer realm="pioche"' } });
    }
    // Hashed, so that no token is kept in memory longer than its request.
    const key = hash('sha256', token, 'base64url');
    const known = this.known.get(key);
    if (known !== undefined && known.expires > Date.now()) return known.principal;
    return this.verify(token, key);
  }

  private async verify(token: string, key: string): Promise<Principal> {
    const payload = await this.payloadOf(token);
    const principal = readPrincipal(payload, this.rolesClaim);
    this.known.set(key, { principal, expires: (payload.exp ?? 0) * 1000 });
    return principal;
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        issuer: this.issuer,
        audience: this.audience,
        requiredClaims: ['sub', 'exp'],
        algorithms: ['EdDSA', 'ES256', 'ES384', 'RS256', 'PS256'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('invalid_token', 'the token has expired');
      if (error instanceof errors.JWTClaimValidationFailed) throw unauthenticated('invalid_token', `claim ${error.claim} is not accepted`);
      if (error instanceof IssuerAwayError) throw new ProblemError('not-ready', { details: { reason: 'the issuer of tokens does not answer' }, headers: { 'retry-after': '2' } });
      throw unauthenticated('invalid_token', 'the token cannot be verified');
    }
  }
}

/** Reads `sub`, the claim of roles (a list, or one) and `tenant`. Roles that we do not know are not ours, and give nothing. */
function readPrincipal(payload: JWTPayload, rolesClaim: string): Principal {
  const { sub = '', [rolesClaim]: roles, tenant } = payload;
  const listed: readonly unknown[] = Array.isArray(roles) ? roles : [roles];
  return {
    subject: sub,
    roles: [...new Set(listed.filter(isRole))].toSorted(),
    ...(typeof tenant === 'string' && tenant !== '' ? { tenant } : {}),
  };
}
