import { linesOf } from '../test/config.js';
import { readConfig, readLogins } from './config.js';

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

  it('comes to a Kafka that does not let everybody in', () => {
    const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    const login = { KAFKA_USERNAME: 'inventory', KAFKA_PASSWORD: 'hidden' };
    expect(readConfig(right).kafkaSecurity).toBeUndefined();
    expect(readConfig({ ...right, ...login, KAFKA_TLS_CA: ca }).kafkaSecurity).toEqual({ ca, login: { username: 'inventory', password: 'hidden' } });
    expect(readConfig({ ...right, KAFKA_TLS_CA: ca }).kafkaSecurity).toEqual({ ca, login: undefined });
    expect(linesOf({ ...right, KAFKA_TLS_CA: '/etc/ca.crt' })).toEqual(['KAFKA_TLS_CA: must be certificates in PEM; given: "/etc/ca.crt"']);
    expect(linesOf({ ...right, KAFKA_USERNAME: 'inventory' })).toEqual(['KAFKA_PASSWORD: must be the password of KAFKA_USERNAME; it is not set']);
    expect(linesOf({ ...right, KAFKA_PASSWORD: 'hidden' })).toEqual(['KAFKA_USERNAME: must be the user whose KAFKA_PASSWORD is set; it is not set']);
  });

  it('finds the rest of an OIDC issuer by itself', () => {
    const oidc = { ...right, ISSUER_SECRET: '', OIDC_ISSUER: 'https://id.example/realms/pioche' };
    expect(readConfig(oidc).identity).toEqual({ kind: 'oidc', issuer: oidc.OIDC_ISSUER, audience: 'pioche', jwksUrl: undefined, rolesClaim: 'roles' });
    const more = { OIDC_JWKS_URL: 'http://inside/jwks', OIDC_AUDIENCE: 'api', OIDC_ROLES_CLAIM: 'groups' };
    expect(readConfig({ ...oidc, ...more }).identity).toMatchObject({ jwksUrl: more.OIDC_JWKS_URL, audience: 'api', rolesClaim: 'groups' });
  });

  it('sends traces where OpenTelemetry’s variables say', () => {
    expect(readConfig(right).otlpEndpoint).toBeUndefined();
    expect(readConfig({ ...right, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }).otlpEndpoint).toBe('http://collector:4318/v1/traces');
    expect(readConfig({ ...right, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/spans' }).otlpEndpoint).toBe('http://t/spans');
  });

  it('wants what belongs together', () => {
    expect(linesOf({ DATABASE_URL: right.DATABASE_URL })).toEqual([
      expect.stringMatching(/^KAFKA_BROKERS: /),
      expect.stringMatching(/^OIDC_ISSUER: must be exactly one of/),
    ]);
    expect(linesOf({ ...right, OIDC_ISSUER: 'https://id.example' })).toEqual([expect.stringMatching(/^OIDC_ISSUER: must be exactly one of/)]);
  });

  it('needs nothing but the logins where only the database is prepared', () => {
    expect(readLogins({ DATABASE_URL: right.DATABASE_URL, BROKER: 'pigeon' })).toEqual({ databaseUrl: right.DATABASE_URL, databaseOwnerUrl: undefined, databaseReaderUrl: undefined });
    expect(() => readLogins({ DATABASE_OWNER_URL: 'mysql://x:hidden@db/x' })).toThrow(/^DATABASE_URL: .*it is not set\nDATABASE_OWNER_URL: must be a URL of postgres or postgresql; another value is given$/);
  });
});
