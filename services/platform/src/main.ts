/** `npm start`: the embedded shape. */
import { startEmbedded } from './embedded.js';
import { runProgram } from './program.js';
import { say } from './run-main.js';

await runProgram({
  command: 'npm start --',
  dataDir: '.pioche/embedded',
  needsKafka: false,
  ports: 1,
  async open(servers, installation, { port }, onFailed) {
    const shape = await startEmbedded(servers, installation, { port, clock: 'simulated', onFailed });
    say(`Every API answers on http://localhost:${port}`);
    return shape;
  },
});
