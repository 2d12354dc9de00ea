import { reconcile } from './reconcile.js';

describe('reconciling books', () => {
  it('finds nothing where they agree; what is not there is zero', () =>
    expect(reconcile({ usage: new Map([['a', 5n], ['b', 0n]]), ledger: new Map([['a', 5n]]) })).toEqual([]));

  it('names each difference to the nano-euro', () =>
    expect(reconcile({ usage: new Map([['a', 5n]]), ledger: new Map([['a', 4n], ['b', 1n]]), invoices: new Map([['a', 5n]]) })).toEqual([
      { key: 'a', book: 'ledger', expected_nano: '5', found_nano: '4', difference_nano: '-1' },
      { key: 'b', book: 'ledger', expected_nano: '0', found_nano: '1', difference_nano: '1' },
    ]));

  it('has nothing to say of no books', () => expect(reconcile({})).toEqual([]));
});
