import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTATIONS } from './catalogue.mjs';
import { pageOf } from './page.mjs';

const ROOT = join(import.meta.dirname, '../..');

describe.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))('the mutation %s', (_, { file, find, replace, caughtBy }) => {
  it('fits the sources: its text stands there exactly once', () => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('has a test that is there to catch it', () => {
    const specs = caughtBy.flatMap((catcher) => ('spec' in catcher ? [catcher.spec] : []));
    expect(specs.length).toBeGreaterThan(0);
    for (const spec of specs) expect([spec, existsSync(join(ROOT, spec))]).toEqual([spec, true]);
  });
});

describe('the catalogue', () => {
  it('names each mutation once', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
  });

  it('is what docs/mutations.md says: `npm run test:mutations -- --page` writes it', () => {
    expect(readFileSync(join(ROOT, 'docs/mutations.md'), 'utf8')).toBe(pageOf(MUTATIONS));
  });
});
