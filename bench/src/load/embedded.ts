/** The embedded shape as a process of its own, so that its share of the machine is not the generator's. Argument: where everything is. */
import { startEmbedded } from '@pioche/platform/embedded';

const [, , given = ''] = process.argv;
const { servers, installation, port } = JSON.parse(given) as { servers: Parameters<typeof startEmbedded>[0]; installation: Parameters<typeof startEmbedded>[1]; port: number };
const shape = await startEmbedded(servers, installation, {
  port,
  clock: 'simulated',
  onFailed(reason) {
    throw new Error(reason);
  },
});
process.send?.('ready');
process.once('message', () => void shape.stop().then(() => process.disconnect()));
