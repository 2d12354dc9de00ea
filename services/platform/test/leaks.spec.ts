import { leaksIn } from './leaks.js';

const secret = 'geheim/ "ö" geheim';
const found = (text: string) => leaksIn(new Map([['the log', `before ${text} after`]]), { password: secret });

describe('a secret that was planted is found', () => {
  it.each([
    ['as it is', secret],
    ['as part of a URL', `postgres://me:${encodeURIComponent(secret)}@db`],
    ['in JSON', JSON.stringify({ any: secret })],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
  ])('%s', (shape, text) => expect(found(text)).toEqual([`the log shows the password (${shape})`]));

  it('and nothing where there is none', () => expect(found('geheim')).toEqual([]));
});
