import { linesOf } from '../test/config.js';
import { readConfig } from './config.js';

const right = { DATABASE_URL: 'postgres://me:hidden@db/inventory', KAFKA_BROKERS: 'a:9092,b:9092', ISSUER_SECRET: 'x'.repeat(32) };

describe('configuration', () => {
  it('has sensible defaults', () => {
    expect(readConfig(right)).toMatchObject({ port: 3000, broker: 'kafka', kafkaBrokers: ['a:9092', 'b:9092'], clock: 'system', logLevel: 'info', identity: { kind: 'secret' } });
  });

  it('takes a login for each purpose, or one for all', () => {
    const own = { DATABASE_OWNER_URL: 'postgres://owner@db/inventory', DATABASE_READER_URL: 'postgres://reader@db/inventory' };
    expect(readConfig({ ...right, ...own })).toMatchObject({ databaseUrl: right.DATABASE_URL, databaseOwnerUrl: own.DATABASE_OWNER_URL, databaseReaderUrl: own.DATABASE_READER_URL });
    expect(readConfig({ ...right, DATABASE_OWNER_URL: '' })).toMatchObject({ databaseOwnerUrl: undefined, databaseReaderUrl: undefined });
    expect(linesOf({ ...right, DATABASE_READER_URL: 'http://db' })).toEqual(['DATABASE_READER_URL: must be a URL of postgres or postgresql; another value is given']);
  });

  it('names every wrong variable at once: what is wanted, what is given', () => {
    const lines = linesOf({ ...right, PORT: '99999', BROKER: 'pigeon', LOG_LEVEL: 'loud', DATABASE_URL: '' });
    expect(lines).toEqual([
      'PORT: must be a whole number from 0 to 65535; given: "99999"',
      'DATABASE_URL: must be a URL of postgres or postgresql; it is not set',
      'BROKER: must be kafka or log; given: "pigeon"',
      expect.stringMatching(/^LOG_LEVEL: must be one of trace, debug, .*; given: "loud"$/),
    ]);
  });

  it('never shows a secret', () => {
    const lines = linesOf({ ...right, DATABASE_URL: 'mysql://me:hidden@db/x', ISSUER_SECRET: 'short' });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toMatch(/hidden|"short"/);
  });

  it('wants what belongs together', () => {
    expect(linesOf({ DATABASE_URL: right.DATABASE_URL })).toEqual([
      expect.stringMatching(/^KAFKA_BROKERS: /),
      expect.stringMatching(/^OIDC_ISSUER: must be exactly one of/),
    ]);
    expect(linesOf({ ...right, ISSUER_SECRET: '', OIDC_ISSUER: 'https://id.example' })).toEqual([expect.stringMatching(/^OIDC_JWKS_URL: /)]);
  });
});
