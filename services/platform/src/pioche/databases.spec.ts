import { CONTEXTS } from '@pioche/contracts';
import { readWishes } from './databases.js';

const right = {
  POSTGRES_URL: 'postgres://postgres:p@db/postgres',
  ...Object.fromEntries(CONTEXTS.flatMap((context) => {
    const url = (role: string) => `postgres://${role}:p%40ss@db:5432/own_${context}`;
    const name = context.toUpperCase();
    return [[`${name}_DATABASE_URL`, url('works')], [`${name}_DATABASE_OWNER_URL`, url('owns')], [`${name}_DATABASE_READER_URL`, url('reads')]];
  })),
};

it('makes of the URLs what they say', () => {
  const { adminUrl, wishes } = readWishes(right);
  expect(adminUrl).toBe(right.POSTGRES_URL);
  expect(wishes.map(({ database }) => database)).toEqual(CONTEXTS.map((context) => `own_${context}`));
  expect(wishes[0]?.logins).toEqual({ owner: { role: 'owns', password: 'p@ss' }, service: { role: 'works', password: 'p@ss' }, reader: { role: 'reads', password: 'p@ss' } });
});

it('names what is missing or incomplete, without the password', () => {
  const wrong = { ...right, LAB_DATABASE_URL: 'postgres://works:hidden@db', BILLING_DATABASE_OWNER_URL: '' };
  expect(() => readWishes(wrong)).toThrow(
    /^BILLING_DATABASE_OWNER_URL: .*it is not set\nLAB_DATABASE_URL: must be a URL with a user, a password and a database; another value is given$/,
  );
});

it('takes the URLs of one context to one database', () => {
  expect(() => readWishes({ ...right, LAB_DATABASE_READER_URL: 'postgres://reads:p@db/elsewhere' })).toThrow(/^LAB_DATABASE_READER_URL: .*own_lab/);
});
