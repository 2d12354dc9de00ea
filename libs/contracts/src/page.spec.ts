import { readFileSync } from 'node:fs';
import { eventsPage } from './page.js';

describe('docs/events.md', () => {
  it('is current: npm run contracts:page writes it', () => {
    expect(readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8') === eventsPage()).toBe(true);
  });

  it('shows what an event means, its fields and an example', () => {
    const page = eventsPage();
    expect(page).toContain('#### NodePutInService\n');
    expect(page).toContain('| `gpus[].memory_gib` | integer > 0 |');
    expect(page).toContain('fr.pioche.inventory.NodePutInService.v1');
  });
});
