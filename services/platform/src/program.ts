/** What `npm start` and `npm run start:distributed` have in common: options, servers, the scenario, an orderly end. */
import { resolve } from 'node:path';
import { discardServers, freePort, MissingPart } from '@pioche/local-servers';
import { installationOf, type Installation } from './installation.js';
import { runMain, say, untilSignal } from './run-main.js';
import { parseOptions, type ScenarioOptions } from './scenario/options.js';
import { performScenario } from './scenario/perform.js';
import { workloadOf } from './scenario/workload/workload.js';
import { openServers, type Servers } from './servers.js';
import type { Shape } from './shape.js';
import { whatNext } from './what-next.js';

export interface Program {
  /** As one types it, for the help. */
  readonly command: string;
  readonly dataDir: string;
  readonly needsKafka: boolean;
  /** How many ports its services take, from `--port` on. */
  readonly ports: number;
  /** Brings the services up. @param onFailed called when one of them cannot go on */
  readonly open: (servers: Servers, installation: Installation, options: ScenarioOptions, onFailed: (reason: string) => void) => Promise<Shape>;
}

/** Runs the program to its end, and ends the process. */
export const runProgram = ({ command, dataDir: defaultDataDir, needsKafka, ports, open }: Program): Promise<void> =>
  runMain(async () => {
    const options = parseOptions(command, process.argv.slice(2), defaultDataDir);
    const dataDir = resolve(options.dataDir);
    // Read before anything starts: a malformed line of a trace ends here.
    const jobs = workloadOf(options);
    for (let port = options.port; port < options.port + ports; port += 1) await checkPort(port);
    if (options.fresh) await discardServers(dataDir, say);
    let up = false;
    const stopped = untilSignal();
    // What is not up yet has nothing to put in order.
    void stopped.then(() => up || process.exit(1));
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const stopping = new AbortController();
    const installation = installationOf(dataDir);
    const servers = await openServers(dataDir, installation, needsKafka, say);
    try {
      const shape = await open(servers, installation, options, (reason) => failed.reject(new Error(reason)));
      up = true;
      try {
        const agrees = await Promise.race([performScenario({ shape, options, jobs, dataDir, say, signal: stopping.signal }), failed.promise, stopped]);
        if (agrees === 'stopped') return options.once ? 1 : 0;
        if (!options.once) {
          for (const line of await whatNext(shape, dataDir)) say(line);
          await Promise.race([stopped, failed.promise]);
        }
        return agrees ? 0 : 1;
      } finally {
        stopping.abort(new Error('stopped'));
        await shape.stop();
      }
    } finally {
      await servers.stop();
    }
  });

/** Before anything else is started. */
async function checkPort(port: number): Promise<void> {
  await freePort(port).catch(() => {
    throw new MissingPart(`port ${port} is taken`, 'choose another with --port');
  });
}
