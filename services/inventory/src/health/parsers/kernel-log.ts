/** A kernel log (`dmesg -T`, `journalctl -k -o short-iso`) with the XIDs that the driver wrote into it. */
import type { Instant } from '@pioche/kernel';
import type { GpuRef, Observed, XidSighting } from '../observation.js';
import { busIdOf, nameOf } from '../values.js';

export function parseKernelLog(text: string): Observed {
  const refs = new Map<string, GpuRef>();
  const sightings: { bus: string; sighting: Omit<XidSighting, 'gpu'> }[] = [];
  let named: string | undefined;
  for (const line of text.split('\n')) {
    // Before a GPU's first XID the driver introduces it: bus and UUID on one line, the board's serial on the next.
    const [, introduced, uuid] = /NVRM: GPU at (\S+?): (GPU-\S+)/.exec(line) ?? [];
    const [, serial] = /NVRM: GPU Board Serial Number: (\S+)/.exec(line) ?? [];
    const [, at, code, detail] = /NVRM: Xid \(([^)]+)\): (\d+)(?:, (.*))?/.exec(line) ?? [];
    if (introduced !== undefined) {
      named = busIdOf(introduced);
      if (named !== undefined) refs.set(named, { bus_id: named, uuid: nameOf(uuid) });
    } else if (serial !== undefined && named !== undefined) {
      refs.set(named, { ...refs.get(named), serial: nameOf(serial) });
    } else if (code !== undefined) {
      sightings.push({ bus: busIdOf(at) ?? at ?? '', sighting: { code: Number(code), at: timeOf(line), detail } });
    }
  }
  return { gpus: [], xids: sightings.map(({ bus, sighting }) => ({ gpu: refs.get(bus) ?? { bus_id: bus }, ...sighting })) };
}

/** Times without a zone are read as UTC, which nodes keep; seconds since boot are no time. */
function timeOf(line: string): Instant | undefined {
  const [, bracketed] = /^\[(\w{3} \w{3}\s+\d+ [\d:]{8} \d{4})\]/.exec(line) ?? [];
  const [iso] = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)/.exec(line) ?? [];
  const ms = Date.parse(iso ?? `${bracketed} UTC`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
