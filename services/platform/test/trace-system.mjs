/** The distributed shape on the servers of the test run, with the environment's tracing, until its input ends. */
import { CONTEXTS } from '@pioche/contracts';
import { freePort } from '@pioche/local-servers';
import { installationOf } from '../dist/installation.js';
import { startSeparate } from '../dist/separate.js';
import { openServers } from '../dist/servers.js';

const [, , dataDir] = process.argv;
const log = (line) => process.stderr.write(`${line}\n`);
const installation = installationOf(dataDir);
const servers = await openServers(dataDir, installation, true, log);
const ports = new Map();
for (const context of CONTEXTS) ports.set(context, await freePort());
const shape = await startSeparate(servers, installation, { port: (context) => ports.get(context), clock: 'system', log });
process.stdout.write(`${JSON.stringify({
  urls: Object.fromEntries(CONTEXTS.map((context) => [context, shape.url(context)])),
  token: await shape.issuer.mint({ subject: 'olga', role: 'operator' }),
  topicPrefix: servers.topicPrefix,
})}\n`);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
await shape.stop();
await servers.stop();
process.exit(0);
