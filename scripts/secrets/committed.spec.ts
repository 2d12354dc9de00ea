/** No key and no token is ever committed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** What has a form of its own: nothing that is written by chance looks like it. */
const FORMS: Readonly<Record<string, RegExp>> = {
  'a private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\\?n?\s*[\w+/]{16}/,
  'a private JWK': /"kty"\s*:\s*"\w+"[^{}]*"d"\s*:\s*"[\w-]{32,}"/,
  'a signed token': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/,
  'a token of GitHub': /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  'a token of npm': /\bnpm_[A-Za-z0-9]{36}\b/,
  'a key of AWS': /\bAKIA[0-9A-Z]{16}\b/,
};
const formsIn = (text: string): string[] => Object.entries(FORMS).flatMap(([name, form]) => (form.test(text) ? [name] : []));

describe('what is committed', () => {
  it('holds no key and no token', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 }).split('\0');
    const texts = files.filter((file) => file !== '' && existsSync(join(ROOT, file)) && statSync(join(ROOT, file)).isFile());
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.flatMap((file) => formsIn(readFileSync(join(ROOT, file), 'utf8')).map((form) => `${file}: ${form}`))).toEqual([]);
  });

  it.each([
    ['a private key', ['-----BEGIN', 'PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ'].join(' ')],
    ['a private JWK', JSON.stringify({ kty: 'OKP', crv: 'Ed25519', d: 'a'.repeat(43) })],
    ['a signed token', ['eyJhbGciOiJFZERTQSJ9', 'eyJzdWIiOiJ5b3UifQ', 'c2lnbmF0dXJlc2lnbmF0dXJl'].join('.')],
    ['a token of GitHub', `ghp_${'a'.repeat(36)}`],
  ])('would not pass with %s in it', (form, text) => expect(formsIn(`x ${text} y`)).toEqual([form]));
});
