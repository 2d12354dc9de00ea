import { jest } from '@jest/globals';
import { CONTEXTS } from '@pioche/contracts';
import { runCommandLine, type Deeds } from './command-line.js';

const done = async (): Promise<void> => {};
let deeds: { [Name in keyof Deeds]: jest.Mock<Deeds[Name]> };
let said = '';
beforeEach(() => {
  deeds = { serve: jest.fn(done), migrate: jest.fn(done), migrated: jest.fn(done), databases: jest.fn(done), ready: jest.fn(done), scenario: jest.fn(done), token: jest.fn(done) };
  said = '';
  const hear = (text: string | Uint8Array): boolean => {
    said += String(text);
    return true;
  };
  jest.spyOn(process.stderr, 'write').mockImplementation(hear);
  jest.spyOn(process.stdout, 'write').mockImplementation(hear);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

const call = (...argv: string[]): Promise<void> => runCommandLine(argv, CONTEXTS, deeds);

it.each(CONTEXTS)('is the service %s', async (context) => {
  await call(context);
  expect(deeds.serve).toHaveBeenCalledWith(context);
  expect(process.exitCode).toBeUndefined();
});

it('prepares databases', async () => {
  await call('databases');
  await call('migrate', 'lab');
  await call('migrated', 'billing');
  expect(deeds.databases).toHaveBeenCalled();
  expect(deeds.migrate.mock.calls[0]?.[0]).toBe('lab');
  expect(deeds.migrated.mock.calls[0]?.[0]).toBe('billing');
});

it('plays the scenario with the options of `npm start`, and a token for whom it is asked', async () => {
  await call('scenario', '--url', 'http://pioche-{context}:3000', '--days', '1', '--max-jobs', '40');
  expect(deeds.scenario.mock.calls[0]?.[0]).toMatchObject({ url: 'http://pioche-{context}:3000', days: 1, maxJobs: 40, seed: 1, dataDir: '/tmp/scenario' });
  await call('token', '--role', 'tenant_admin', '--tenant', 'tenant_1', '--lifetime', '60');
  expect(deeds.token.mock.calls[0]?.[0]).toEqual({ role: 'tenant_admin', tenant: 'tenant_1', subject: 'you', lifetime: 60 });
});

it.each([
  [[], /Commands:/],
  [['nonsense'], /unknown command 'nonsense'[^]*Commands:[^]*scheduling/],
  [['migrate'], /missing required argument 'context'/],
  [['migrate', 'kitchen'], /Allowed choices are inventory, scheduling, billing, sovereignty, lab/],
  [['scheduling', 'twice'], /too many arguments/],
  [['scenario'], /required option '--url <url>' not specified/],
  [['token', '--role', 'operator', '--lifetime', '0'], /from 1 to/],
])('ends a wrong call with 2, and says what there is: %j', async (argv, message) => {
  await call(...argv);
  expect(process.exitCode).toBe(2);
  expect(said).toMatch(message);
  for (const deed of Object.values(deeds)) expect(deed).not.toHaveBeenCalled();
});

it('explains itself, which is no wrong call', async () => {
  await call('--help');
  expect(process.exitCode).toBe(0);
  expect(said).toContain('databases');
});
