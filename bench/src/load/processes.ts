/** What processes use, as /proc says it: those that were started by name, and the servers beside them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second for every architecture that Node runs on. */
const TICKS_PER_S = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** CPU seconds, of children that have ended too. */
  readonly seconds: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), command: text.slice(text.indexOf('(') + 1, end), seconds: ticks / TICKS_PER_S };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

/** `postgres: pioche pioche_1a2b_billing 127.0.0.1 …` → `postgres billing`; the server's own processes → `postgres`. */
function postgresOf(pid: number): string {
  try {
    const context = /_(inventory|scheduling|billing|sovereignty|lab) /.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))?.[1];
    return context === undefined ? 'postgres' : `postgres ${context}`;
  } catch {
    return 'postgres';
  }
}

const SERVERS: Readonly<Record<string, (pid: number) => string>> = { postgres: postgresOf, java: () => 'kafka' };

/** CPU seconds so far of the named processes and of the servers that this run has started; those elsewhere are not seen. */
export function cpuSeconds(named: ReadonlyMap<string, number>): Map<string, number> {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  const byPid = new Map(all.map((stat) => [stat.pid, stat]));
  const ours = ({ pid, parent }: Stat): boolean => pid === process.ppid || (parent > 1 && ours(byPid.get(parent) ?? { pid: parent, parent: 0, command: '', seconds: 0 }));
  const found = new Map([...named].map(([name, pid]) => [name, byPid.get(pid)?.seconds ?? 0]));
  for (const stat of all) {
    const name = SERVERS[stat.command]?.(stat.pid);
    if (name !== undefined && ours(stat)) found.set(name, (found.get(name) ?? 0) + stat.seconds);
  }
  return found;
}

/** Bytes of memory that a process has in use. */
export function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
