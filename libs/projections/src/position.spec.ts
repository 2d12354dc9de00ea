import { formatPosition, MalformedPositionError, parsePosition } from './position.js';

describe('position tokens', () => {
  it('name one place or several', () => {
    expect(parsePosition('inventory:1234')).toEqual([{ source: 'inventory', position: 1234 }]);
    expect(parsePosition('inventory:1, scheduling:77')).toEqual([
      { source: 'inventory', position: 1 },
      { source: 'scheduling', position: 77 },
    ]);
    expect(formatPosition({ source: 'inventory', position: 1 }, { source: 'scheduling', position: 77 })).toBe('inventory:1,scheduling:77');
  });

  it.each(['', 'inventory', 'inventory:', 'inventory:-1', 'inventory:1.5', 'kitchen:1', 'inventory:1,', 'inventory:9999999999999999'])('%j is none', (token) => {
    expect(() => parsePosition(token)).toThrow(MalformedPositionError);
  });
});
