/** The last net under everything that is written for people: what looks like a secret is not written. */

export const REDACTED = '[redacted]';

/** What tells a secret in a text, and what stays of it. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // The password of a URL (RFC 3986 §3.2.1): up to the last @ before the path, for not everyone encodes theirs.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]*:)[^\s/"'\\]+(?=@)/gi, `$1${REDACTED}`],
  // A signed token (RFC 7519), and the header that carries one.
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  [/(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, `$1${REDACTED}`],
  // Values of fields, parameters and variables whose name says it, in JSON, queries and environments.
  [/((?:password|passwd|secret|token|api_?key|private_?key|authorization|cookie)\w*\\?["']?\s*[:=]\s*\\?["'])[^"'\\]+/gi, `$1${REDACTED}`],
  [/([?&;](?:password|secret|token|access_token|api_key|key)=)[^&\s"'\\]+/gi, `$1${REDACTED}`],
  // A private key: of a JWK (RFC 7517), and in PEM.
  [/("(?:d|p|q|dp|dq|qi|k)\\?"\s*:\s*\\?")[\w-]{16,}/g, `$1${REDACTED}`],
  [/(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, `$1${REDACTED}$2`],
];

/** The text without what looks like a secret. */
export const withoutSecrets = (text: string): string => SECRETS.reduce((clean, [secret, rest]) => clean.replace(secret, rest), text);
