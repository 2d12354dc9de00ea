import { accountEvents, invoiceEvents, invoiceLineKey, numberSeriesEvents, priceBookEvents, transactionEvents, usageEvents } from './index.js';

const groups = [accountEvents, invoiceEvents, numberSeriesEvents, priceBookEvents, transactionEvents, usageEvents];
const declarations = groups.flatMap(({ events }) => Object.entries(events));

describe('billing’s events', () => {
  it.each(declarations)('%s: its example is of its schema', (_name, { data, example }) => expect(data.parse(example)).toEqual(example));
});

describe('the key of an invoice line', () => {
  const slice = usageEvents.events.UsageRated.data.parse(usageEvents.events.UsageRated.example);

  it('is project, GPU model and price, and nothing else', () => {
    const another = { ...slice, slice: 2, amount_nano: '1' };
    expect(invoiceLineKey(another)).toBe(invoiceLineKey(slice));
    expect(invoiceLineKey({ ...slice, nano_per_gpu_second: '800001' })).not.toBe(invoiceLineKey(slice));
    expect(invoiceLineKey({ ...slice, project: undefined })).not.toBe(invoiceLineKey(slice));
  });
});
