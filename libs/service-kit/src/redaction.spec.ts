import { BuiltInIssuer } from './auth/built-in-issuer.js';
import { createLogger } from './logging.js';
import { withoutSecrets } from './redaction.js';

const SECRET = 'hunter2-hunter2-hunter2';

describe('what is written for people', () => {
  it.each([
    ['the password of a URL', `connect to postgres://pioche:${SECRET}@db:5432/lab failed`, 'connect to postgres://pioche:[redacted]@db:5432/lab failed'],
    ['one with an @ in it', `postgres://pioche:${SECRET}@x@db/lab`, 'postgres://pioche:[redacted]@db/lab'],
    ['a bearer token', `authorization: Bearer ${SECRET}`, 'authorization: Bearer [redacted]'],
    ['a field in JSON', JSON.stringify({ name: 'a', db_password: SECRET }), '{"name":"a","db_password":"[redacted]"}'],
    ['a field in JSON in JSON', JSON.stringify(JSON.stringify({ client_secret: SECRET })), '"{\\"client_secret\\":\\"[redacted]\\"}"'],
    ['a variable', `ISSUER_SECRET="${SECRET}"`, 'ISSUER_SECRET="[redacted]"'],
    ['a parameter', `/jobs?access_token=${SECRET}&page_size=1`, '/jobs?access_token=[redacted]&page_size=1'],
    ['a private JWK', `{"kty":"OKP","x":"public-public-public","d":"${SECRET}"}`, '{"kty":"OKP","x":"public-public-public","d":"[redacted]"}'],
    ['a private key in PEM', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`, '-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----'],
  ])('has no secrets: %s', (_, text, clean) => expect(withoutSecrets(text)).toBe(clean));

  it('has no tokens', async () => {
    const token = await (await BuiltInIssuer.fromSecret(SECRET)).mint({ subject: 'you', role: 'operator' });
    expect(withoutSecrets(`got ${token}.`)).not.toContain(token.split('.')[1]);
  });

  it.each([
    'a consumer is in trouble: Error: connect ECONNREFUSED 127.0.0.1:5432',
    '{"url":"http://127.0.0.1:4000/jobs?page_token=abcdef","position":12}',
    'at file:///srv/pioche/libs/event-bus/dist/relay.js:10:5',
    'ada@example.org asked http://localhost/lab',
  ])('stays as it is: %s', (text) => expect(withoutSecrets(text)).toBe(text));
});

describe('the log', () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'trace', { write: (line) => void lines.push(line) });
  const last = () => lines.at(-1) ?? '';

  it('says of an error what it is, where, and why, and nothing that hangs on it', () => {
    const cause = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH', config: { password: SECRET } });
    const error = Object.assign(new Error('cannot connect', { cause }), { code: '28P01', client: { password: SECRET }, parameters: [SECRET], detail: `Key (name)=(${SECRET})`, input: SECRET });
    logger.error({ err: error }, 'trouble');
    expect(JSON.parse(last())).toMatchObject({ err: { type: 'Error', message: 'cannot connect', code: '28P01', stack: expect.stringContaining('redaction.spec'), cause: { message: 'no route', code: 'EHOSTUNREACH' } } });
    expect(last()).not.toContain(SECRET);
  });

  it('has no secrets, in whichever field or depth, and stays JSON', () => {
    logger.info({ request: { headers: { authorization: `Bearer ${SECRET}`, cookie: SECRET }, url: `/x?token=${SECRET}` }, deep: { er: { password: SECRET } } }, `as postgres://me:${SECRET}@db/x`);
    expect(last()).not.toContain(SECRET);
    expect(JSON.parse(last()).msg).toBe('as postgres://me:[redacted]@db/x');
  });
});
