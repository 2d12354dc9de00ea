/** What `npm start` and `npm run start:distributed` have in common: options, servers, the scenario, an orderly end. */
import { resolve } from 'node:path';
import { discardServers } from '@pioche/local-servers';
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
  /** Brings the services up. @param onFailed called when one of them cannot go on */
  readonly open: (servers: Servers, installation: Installation, options: ScenarioOptions, onFailed: (reason: string) => void) => Promise<Shape>;
}

/** Runs the program to its end, and ends the process. */
export const runProgram = ({ command, dataDir: defaultDataDir, needsKafka, open }: Program): Promise<void> =>
  runMain(async () => {
    const options = parseOptions(command, process.argv.slice(2), defaultDataDir);
    const dataDir = resolve(options.dataDir);
    // Read before anything starts: a malformed line of a trace ends here.
    const jobs = workloadOf(options);
    if (options.fresh) await discardServers(dataDir, say);
    const stopped = untilSignal();
    const failed = Promise.withResolvers<never>();
    const stopping = new AbortController();
    const installation = installationOf(dataDir);
    const servers = await openServers(dataDir, installation, needsKafka, say);
    try {
      const shape = await open(servers, installation, options, (reason) => failed.reject(new Error(reason)));
      try {
        const agrees = await Promise.race([performScenario({ shape, options, jobs, dataDir, say, signal: stopping.signal }), failed.promise, stopped]);
        if (agrees !== undefined && !options.once) {
          for (const line of await whatNext(shape)) say(line);
          await Promise.race([stopped, failed.promise]);
        }
        return agrees === false ? 1 : 0;
      } finally {
        stopping.abort(new Error('stopped'));
        await shape.stop();
      }
    } finally {
      await servers.stop();
    }
  });
