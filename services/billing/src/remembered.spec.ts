import { remembered } from './remembered.js';

it('makes each once, and again when it has forgotten', () => {
  const asked: string[] = [];
  const doubled = remembered((text) => {
    asked.push(text);
    return text + text;
  });
  expect([doubled('a'), doubled('b'), doubled('a')]).toEqual(['aa', 'bb', 'aa']);
  expect(asked).toEqual(['a', 'b']);
  for (let n = 0; n < 10_000; n += 1) doubled(String(n));
  expect(doubled('a')).toBe('aa');
  expect(asked.filter((text) => text === 'a')).toHaveLength(2);
});
