import fc from 'fast-check';
import { busIdOf, countOf, flagOf, nameOf, numberOf, recoveryActionOf } from './values.js';

describe('a value', () => {
  it.each([
    ['9223372036854775794'], ['9223372036854775792'], ['9.223372036854776e+18'], ['140737488355328'], ['140737488355330.000000'], ['2147483634'],
    ['N/A'], ['[N/A]'], ['NA'], ['[Not Supported]'], ['Requested functionality has been deprecated'], ['[Unknown Error]'], ['NaN'], ['+Inf'], [''], ['-'], ['0x1F'], ['1.2.3'],
  ])('%s is no number', (sentinel) => {
    expect(numberOf(sentinel)).toBeUndefined();
    expect(countOf(sentinel)).toBeUndefined();
  });

  it.each([['69.85 W', 69.85], ['2560 bank(s)', 2560], ['-8 C', -8], ['100.00%', 100], ['1.98e+09', 1.98e9], ['16x', 16], ['0', 0], ['2147483647', 2147483647]])(
    '%s is %d', (raw, value) => expect(numberOf(raw)).toBe(value));

  it('is read as it was written', () =>
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 31 - 17 }), (value) => expect(countOf(`${value} MiB`)).toBe(value))));

  it('is a flag only when it says yes or no', () =>
    expect(['Yes', 'No', '1', '0', 'N/A', '[N/A]', 'Pending'].map(flagOf)).toEqual([true, false, true, false, undefined, undefined, undefined]));

  it('names nobody when it is masked', () =>
    expect(['0000000000000', 'GPU-00000000-0000-0000-0000-000000000000', '1650124014249'].map(nameOf)).toEqual([undefined, undefined, '1650124014249']));

  it('is one bus, however it is written', () =>
    expect(['PCI:0000:9b:00', '00000000:9B:00.0', '0000:9b:00.0', 'N/A'].map(busIdOf)).toEqual(['0000:9b:00', '0000:9b:00', '0000:9b:00', undefined]));

  it('is a recovery action in words and as a number', () =>
    expect(['None', 'Reset', 'Reboot', 'Drain P2P', 'Drain and Reset', '0', '2', '5', '99', 'N/A', '[N/A]', 'Something new'].map(recoveryActionOf)).toEqual([
      'none', 'gpu_reset', 'node_reboot', 'drain_p2p', 'drain_and_reset', 'none', 'node_reboot', 'bus_reset', 'unknown', undefined, undefined, 'unknown',
    ]));
});
