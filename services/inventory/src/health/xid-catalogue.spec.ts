import { CLASS_OF_XID_ACTION, verdictOfXid } from './rules.js';
import { allXids, xidOf } from './xid-catalogue.js';

describe('the XID catalogue', () => {
  it('has 172 codes without a gap', () =>
    expect(allXids().map(({ code }) => code)).toEqual(Array.from({ length: 172 }, (_, at) => at + 1)));

  it('gives each a class by its action', () =>
    expect(allXids().filter(({ action }) => CLASS_OF_XID_ACTION[action] === undefined)).toEqual([]));

  it.each([
    [79, 'prevents_allocation'], // fallen off the bus
    [48, 'prevents_allocation'], // double-bit ECC error
    [95, 'prevents_allocation'], // uncontained memory error
    [119, 'prevents_allocation'], // GSP does not answer
    [74, 'needs_drain'], // NVLink
    [171, 'needs_drain'], // uncorrectable DRAM error
    [13, 'watch'], // the program's own fault
    [31, 'watch'],
    [63, 'watch'],
  ] as const)('classes %i as %s', (code, alertClass) => expect(verdictOfXid(code).class).toBe(alertClass));

  it('knows a mnemonic for each', () => expect(xidOf(79)?.mnemonic).toBe('ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS'));
});
