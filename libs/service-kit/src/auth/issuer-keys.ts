/** The public keys of an OIDC issuer, asked for when a token needs them. */
import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

export interface OidcIssuer {
  /** As it stands in tokens, byte for byte. */
  readonly issuer: string;
  readonly audience: string;
  /** Where its keys are; found by discovery when absent. */
  readonly jwksUrl?: string | undefined;
  /** The claim that lists roles; `roles` when absent. */
  readonly rolesClaim?: string | undefined;
}

/** The issuer does not answer, or not as one. */
export class IssuerAwayError extends Error {
  override readonly name = 'IssuerAwayError';
}

/** How long an answer may take, in milliseconds. */
const ANSWER_MS = 3_000;
/** Between two questions because of a key that is not among those known: whoever makes ids of keys up costs the issuer one each time. */
const COOLDOWN_MS = 5_000;
/** Between two questions to an issuer that does not answer. */
const REST_MS = 1_000;

const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * A key that is not known is asked for at once, at most every five seconds: after a rotation tokens of the new key are
 * good from their first use, or five seconds later while somebody sends ids of keys that are made up. Keys are asked for
 * anew every ten minutes, so that one that was withdrawn is not accepted for longer.
 * @throws IssuerAwayError from the function returned
 */
export function issuerKeys({ issuer, jwksUrl }: OidcIssuer): JWTVerifyGetKey {
  const ask = askingGently(issuer);
  const keysAt = (url: string) => createRemoteJWKSet(new URL(url), { cooldownDuration: COOLDOWN_MS, timeoutDuration: ANSWER_MS, [customFetch]: ask });
  let keys: JWTVerifyGetKey | undefined = jwksUrl === undefined ? undefined : keysAt(jwksUrl);
  let discovering: Promise<JWTVerifyGetKey> | undefined;
  const discover = () => (discovering ??= discoverJwks(issuer, ask).then((url) => (keys = keysAt(url))).finally(() => (discovering = undefined)));

  return async (header, token) => {
    try {
      return await (keys ?? (await discover()))(header, token);
    } catch (error) {
      if (saysNo(error) || error instanceof IssuerAwayError) throw error;
      throw new IssuerAwayError(`${issuer} does not give its keys`, { cause: error });
    }
  };
}

/** One that has just not answered is left alone for a moment, however many tokens wait for it. */
function askingGently(issuer: string): FetchImplementation {
  let failedAt = -Infinity;
  return async (url, options) => {
    if (performance.now() - failedAt < REST_MS) throw new IssuerAwayError(`${issuer} did not answer a moment ago`);
    try {
      const response = await fetch(url, options);
      if (!response.ok) throw new Error(`${url} answers ${response.status}`);
      return response;
    } catch (cause) {
      failedAt = performance.now();
      throw new IssuerAwayError(`${issuer} does not answer`, { cause });
    }
  };
}

/** The keys are there, and the one wanted is not among them. All else is the issuer's trouble: no answer, or not a set of keys. */
const saysNo = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported;

/** OpenID Connect Discovery 1.0 §4: the document must name the very issuer. */
async function discoverJwks(issuer: string, ask: FetchImplementation): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await ask(url, { method: 'GET', headers: new Headers(), redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
  const found = Discovered.safeParse(await response.json());
  if (!found.success || found.data.issuer !== issuer) throw new IssuerAwayError(`the document at ${url} is not ${issuer}’s`);
  return found.data.jwks_uri;
}
