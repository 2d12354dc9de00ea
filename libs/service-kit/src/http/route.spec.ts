import { pluralOf } from './plural.js';
import { routerPath } from './route.js';

describe('addresses', () => {
  it.each([
    ['node', 'nodes'], ['policy', 'policies'], ['switch', 'switches'], ['audit-log', 'audit-logs'], ['health', 'health'],
    ['number-series', 'number-series'], ['site-plan', 'site-plans'], ['price-book', 'price-books'], ['fence', 'fences'], ['queue', 'queues'],
  ])('%s → %s', (name, plural) => expect(pluralOf(name)).toBe(plural));

  it('become the router’s: a verb’s colon is no parameter', () => {
    expect(routerPath('/nodes/{id}:drain')).toBe('/nodes/:id([^/:]+)::drain');
    expect(routerPath('/jobs:batch')).toBe('/jobs::batch');
    expect(routerPath('/racks/{rack}/nodes/{node}')).toBe('/racks/:rack/nodes/:node');
  });
});
