/** Brings up the system that faults are done to, does those that are asked for, and tells of it in lines of JSON. */
import { createInterface } from 'node:readline';
import { runFaults } from '../dist/chaos/faults/run.js';
import { startSystem } from '../dist/chaos/system/start.js';

const [, , dataDir, ...faults] = process.argv;
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const system = await startSystem({ dataDir, clock: 'simulated', log: (line) => process.stderr.write(`${line}\n`) });
const pids = () => [...[...system.processes.values()].map(({ pid }) => pid), system.postgres.pid, system.kafka.pid];
tell({ up: pids() });
for (const fault of faults) {
  const [kind, target] = fault.split(':');
  const before = pids();
  const events = await runFaults(system, [{ atMs: 0, forMs: 500, kind, target }], { signal: new AbortController().signal, onEvent: () => {} });
  tell({ fault, phases: events.map(({ phase, detail }) => detail ?? phase), renewed: pids().filter((pid) => !before.includes(pid)).length, pids: pids() });
}
await system.tick('2026-01-01T00:00:00.000Z');
for await (const line of createInterface(process.stdin)) {
  if (line === 'pause') for (const one of [...system.processes.values(), system.postgres, system.kafka]) one.pause();
  if (line === 'stop') break;
  tell({ done: line });
}
await system.stop();
tell({ done: 'stop' });
process.exit(0);
