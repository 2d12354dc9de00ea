import { CONTEXTS } from '@pioche/contracts';
import { connect } from './cut.js';
import { reach } from './installed.js';
import { extentOf, tableExists } from './tables.js';

/** How many events an installation on this machine holds, in all contexts together. */
export async function countEvents(dataDir: string): Promise<number> {
  const { urls, stop } = await reach(dataDir, () => undefined);
  try {
    let events = 0;
    for (const context of CONTEXTS) {
      const client = await connect(urls[context], 'pioche restore');
      if (await tableExists(client, 'events')) events += (await extentOf(client)).events;
      await client.end();
    }
    return events;
  } finally {
    await stop();
  }
}
