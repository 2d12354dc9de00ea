import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../test/config.js';
import { readConfig } from './config.js';

describe('a variable that is given by a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const url = 'postgres://me:hidden@db/inventory';
  const others = { KAFKA_BROKERS: 'a:9092', ISSUER_SECRET: 'x'.repeat(32) };

  it('is what the file holds, without its last line end', () => {
    const config = readConfig({
      KAFKA_BROKERS: 'a:9092',
      DATABASE_URL_FILE: file('url', `${url}\n`),
      ISSUER_SECRET_FILE: file('secret', `${'y'.repeat(40)}\r\n`),
      PORT_FILE: file('port', '4321'),
    });
    expect(config).toMatchObject({ databaseUrl: url, identity: { kind: 'secret', secret: 'y'.repeat(40) }, port: 4321 });
  });

  it('is not given twice', () => {
    expect(linesOf({ ...others, DATABASE_URL: url, DATABASE_URL_FILE: file('url', url) })).toEqual(['DATABASE_URL_FILE: DATABASE_URL is given, too: leave one of them out']);
    expect(linesOf({ ...others, DATABASE_URL: '', DATABASE_URL_FILE: file('url', url) })).toEqual([]);
  });

  it('is named where the file cannot be read', () => {
    expect(linesOf({ ...others, DATABASE_URL_FILE: join(folder, 'missing') })).toEqual(['DATABASE_URL_FILE: must be a file that this process can read; ENOENT']);
  });

  it('is checked as any other, and not shown', () => {
    const lines = linesOf({ ...others, DATABASE_URL_FILE: file('wrong', 'mysql://me:hidden@db/x') });
    expect(lines).toEqual([expect.stringMatching(/^DATABASE_URL: must be a URL of postgres or postgresql; another value is given/)]);
    expect(lines.join()).not.toContain('hidden');
  });

  it('that itself names a file stays a path', () => {
    const { ISSUER_SECRET: _, ...rest } = others;
    expect(readConfig({ ...rest, DATABASE_URL: url, ISSUER_JWK_FILE: '/run/key.json' }).identity).toEqual({ kind: 'key-file', file: '/run/key.json' });
  });
});
