import { given } from '@pioche/testing';
import { documentNumber, numberSeries, assignNumber, seriesOf } from './number-series.js';

const assigned = (number: number) => ({
  invoice: 'invoice_01h2xcejqtf2nbrexx3vqjhp41',
  series: 'PI-2026',
  number,
  document_number: documentNumber('PI-2026', number),
}) as const;

describe('a number series', () => {
  it('gives the next number, and no other', () => {
    given(numberSeries).when(assignNumber, assigned(1)).thenMatching({ type: 'InvoiceNumberAssigned', data: { document_number: 'PI-2026-000001' } });
    const one = given(numberSeries).when(assignNumber, assigned(1)).events();
    given(numberSeries, one).when(assignNumber, assigned(2)).thenMatching({ data: { number: 2 }, type: 'InvoiceNumberAssigned' });
    given(numberSeries, one).when(assignNumber, assigned(3)).refuses('number-not-next', { next: 2 });
    given(numberSeries, one).when(assignNumber, assigned(1)).refuses('number-not-next', { next: 2 });
  });

  it('is one per kind of document and year of issue', () => {
    expect(seriesOf('invoice', '2026-12-31T23:59:59.999Z')).toBe('PI-2026');
    expect(seriesOf('credit-note', '2027-01-01T00:00:00.000Z')).toBe('CN-2027');
  });
});
