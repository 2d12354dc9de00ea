import { Refusal } from '@pioche/kernel';
import { CommandReusedError, ConflictError, StoreBusyError } from '@pioche/event-store';
import { commonErrors, ProblemError, ProblemMaker } from './problem.js';

const problems = new ProblemMaker('inventory', { 'rack-full': { status: 409, title: 'Choose another rack.' }, unknown: { status: 404, title: 'Our own word.' } });

describe('a problem', () => {
  it.each([
    ['a refusal of the context', new Refusal('rack-full', { free: 0 }), 409, 'https://pioche.fr/problems/inventory/rack-full'],
    ['a refusal that every context shares', new Refusal('transition-not-allowed'), 409, 'https://pioche.fr/problems/common/transition-not-allowed'],
    ['a shared refusal in the context’s words', new Refusal('unknown'), 404, 'https://pioche.fr/problems/inventory/unknown'],
    ['another version', new ConflictError('node_1', 3, 4), 412, 'https://pioche.fr/problems/common/version-conflict'],
    ['a stream that is there', new ConflictError('node_1', 'none', 4), 409, 'https://pioche.fr/problems/common/already-exists'],
    ['a stream that is not', new ConflictError('node_1', 3, 0), 404, 'https://pioche.fr/problems/common/unknown'],
    ['a used key', new CommandReusedError('cmd_1'), 422, 'https://pioche.fr/problems/common/idempotency-key-reused'],
    ['a full queue', new StoreBusyError(20_000), 503, 'https://pioche.fr/problems/common/busy'],
  ])('is made of %s', (_, error, status, type) => expect(problems.of(error).problem).toMatchObject({ status, type }));

  it('tells nothing about what nobody foresaw', () => {
    const { problem } = problems.of(new Error('password is hunter2'));
    expect([problem.status, JSON.stringify(problem).includes('hunter2')]).toEqual([500, false]);
  });

  it('says what to do next, always', () => {
    for (const { status, title } of Object.values(commonErrors)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).toMatch(/^.+\.$/);
    }
    expect(problems.of(new ProblemError('not-found')).problem.title).toBe(commonErrors['not-found'].title);
  });
});
