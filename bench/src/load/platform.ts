/** The platform under load: five contexts on databases and topics of their own, a SuperPOD in service, tenants that are open. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ContextName } from '@pioche/contracts';
import { instant } from '@pioche/kernel';
import { newInstallation, type Installation } from '@pioche/platform/installation';
import type { Api } from '@pioche/platform/scenario/api';
import { Cast } from '@pioche/platform/scenario/cast';
import { setUpWorld, type World } from '@pioche/platform/scenario/world';
import { startSeparate } from '@pioche/platform/separate';
import { openServers, type Servers } from '@pioche/platform/servers';
import type { Shape } from '@pioche/platform/shape';
import { BuiltInIssuer } from '@pioche/service-kit';

export type ShapeName = 'separate' | 'embedded';

export interface Platform {
  readonly world: World;
  readonly cast: Cast;
  readonly operator: Api;
  readonly url: (context: ContextName) => string;
  /** What runs → its process. */
  readonly processes: ReadonlyMap<string, number>;
  readonly databaseUrl: Readonly<Record<ContextName, string>>;
  stop(): Promise<void>;
}

const PORT = Number(process.env['BENCH_PORT'] ?? 4700);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

export async function startPlatform(shapeName: ShapeName): Promise<Platform> {
  const installation = newInstallation();
  const servers = await openServers(tmpdir(), installation, shapeName === 'separate', say);
  const { shape, processes } = await (shapeName === 'separate' ? separate : embedded)(servers, installation);
  const cast = new Cast(shape, new AbortController().signal);
  const operator = await cast.operator();
  const world = await setUpWorld(cast, 1, instant(Date.now()), say);
  return { world, cast, operator, url: shape.url, processes, databaseUrl: servers.databaseUrl, stop: () => shape.stop() };
}

interface Running {
  readonly shape: Pick<Shape, 'url' | 'issuer' | 'stop'>;
  readonly processes: ReadonlyMap<string, number>;
}

/** Its clock is simulated and told the real time by every request, so that the set-up of the scenario serves here too. */
async function separate(servers: Servers, installation: Installation): Promise<Running> {
  const shape = await startSeparate(servers, installation, { port: PORT, clock: 'simulated', log: say });
  return { shape, processes: new Map([...shape.processes].map(([context, { pid = 0 }]) => [context, pid])) };
}

async function embedded(servers: Servers, installation: Installation): Promise<Running> {
  const child = fork(fileURLToPath(new URL('embedded.js', import.meta.url)), [JSON.stringify({ servers, installation, port: PORT })]);
  await once(child, 'message');
  return {
    shape: {
      url: (context) => `http://localhost:${PORT}/${context}`,
      issuer: await BuiltInIssuer.fromSecret(installation.secret),
      async stop() {
        child.send('stop');
        await once(child, 'exit');
      },
    },
    processes: new Map([['embedded', child.pid ?? 0]]),
  };
}

/** What runs, with this process, which makes the load. */
export const namedProcesses = ({ processes }: Platform): Map<string, number> => new Map([...processes, ['generator', process.pid]]);
