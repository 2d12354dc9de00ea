import { jest } from '@jest/globals';
import { Module } from '@nestjs/common';
import { context } from './context.js';
import { runService } from './run-service.js';

@Module(context({ name: 'lab', aggregates: [], readModels: [], errors: {} }))
class EmptyModule {}

/** Runs with this environment. @returns exit code and what was said */
async function run(variables: Record<string, string>): Promise<{ code: unknown; said: string }> {
  const before = process.env;
  let said = '';
  const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as () => never);
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  process.env = variables;
  try {
    await runService(EmptyModule);
    return { code: exit.mock.calls[0]?.[0], said };
  } finally {
    process.env = before;
    exit.mockRestore();
    write.mockRestore();
  }
}

describe('a service as a process', () => {
  it('ends with 2 when its configuration is wrong, a line for each variable', async () => {
    const { code, said } = await run({ PORT: 'x' });
    expect(code).toBe(2);
    expect(said.trim().split('\n').map((line) => line.split(':')[0])).toEqual(['PORT', 'DATABASE_URL']);
  });

  it('ends with 1 when it cannot start, and says why in one line', async () => {
    const { code, said } = await run({ DATABASE_URL: 'postgres://u:p@127.0.0.1:9/none', BROKER: 'log', ISSUER_SECRET: 'x'.repeat(32) });
    expect(code).toBe(1);
    expect(said).toMatch(/^cannot start: .*ECONNREFUSED.*\n$/);
    expect(said).not.toContain('u:p');
  });
});
