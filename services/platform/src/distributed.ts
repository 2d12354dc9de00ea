/** `npm run start:distributed`: the five services as processes of their own, on real Kafka and PostgreSQL. */
import { CONTEXTS } from '@pioche/contracts';
import { runProgram } from './program.js';
import { say } from './run-main.js';
import { startSeparate } from './separate.js';

await runProgram({
  command: 'npm run start:distributed --',
  dataDir: '.pioche/distributed',
  needsKafka: true,
  ports: CONTEXTS.length,
  async open(servers, installation, { port }) {
    const shape = await startSeparate(servers, installation, { port, clock: 'simulated', log: say });
    for (const [context, { pid }] of shape.processes) say(`${context}: ${shape.url(context)} (process ${pid})`);
    return shape;
  },
});
