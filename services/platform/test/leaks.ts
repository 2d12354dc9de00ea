/** Looks for secrets in what was written or answered. */

/** How a secret may look that somebody has passed on. */
const SHAPES: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'as part of a URL': (secret) => encodeURIComponent(secret),
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'in base64': (secret) => Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
};

/**
 * @param texts where → what stands there
 * @param secrets name → secret
 * @returns a line for each that was found, which does not repeat it
 */
export function leaksIn(texts: ReadonlyMap<string, string>, secrets: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  for (const [where, text] of texts) {
    for (const [name, secret] of Object.entries(secrets)) {
      const shape = Object.entries(SHAPES).find(([, shaped]) => text.includes(shaped(secret)));
      if (shape) found.push(`${where} shows the ${name} (${shape[0]})`);
    }
  }
  return found;
}
