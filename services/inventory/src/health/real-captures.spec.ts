/** The parsers on captures from real machines. They are not part of this repository; without them these tests are skipped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PARSERS } from './parsers/index.js';
import { verdictsOf } from './rules.js';
import { allXids } from './xid-catalogue.js';

const hardware = resolve(import.meta.dirname, '../../../../../shared/data/hardware');
const present = existsSync(hardware);
if (!present) console.warn(`no captures in ${hardware}: their tests are skipped`);
const onCaptures = present ? describe : describe.skip;

const files = (folder: string, ending: string): string[] =>
  present ? readdirSync(join(hardware, folder)).filter((name) => name.endsWith(ending)).map((name) => join(folder, name)) : [];
const text = (file: string): string => readFileSync(join(hardware, file), 'utf8');

/** Whatever the source: an H100 in good health, and no sentinel taken for a number. */
function expectHealthyH100({ gpus }: ReturnType<(typeof PARSERS)['redfish']>, count: number) {
  expect(gpus).toHaveLength(count);
  for (const gpu of gpus) {
    expect(gpu).toMatchObject({ model: 'NVIDIA H100 80GB HBM3', recovery_action: 'none', uncorrected_errors: 0 });
    expect(gpu.power_w).toBeGreaterThan(50);
    expect(gpu.power_w).toBeLessThanOrEqual(700);
    expect(gpu.temperature_c).toBeGreaterThan(20);
    expect(gpu.memory_total_mib).toBe(81559);
    expect(verdictsOf(gpu).filter((verdict) => verdict.class !== null)).toEqual([]);
  }
}

onCaptures('captures of real machines', () => {
  it('are there, at least one of each kind', () => expect([files('h100', '.txt'), files('h100', '.metrics')].map((found) => found.length > 1)).toEqual([true, true]));

  for (const file of files('h100', '01.txt')) {
    it(`${file}: nvidia-smi -q, idle and under load`, () => expectHealthyH100(PARSERS.nvidia_smi(text(file)), 2));
    it(`${file}: --query-gpu, idle and under load`, () => expectHealthyH100(PARSERS.nvidia_smi_csv(text(file)), 2));
  }

  for (const file of files('h100', '.metrics')) {
    it(`${file}: nvidia_gpu_exporter`, () => expectHealthyH100(PARSERS.prometheus(text(file)), 1));
  }

  it('idle and load differ as they should', () => {
    const [idle, load] = PARSERS.nvidia_smi(text('h100/linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01.txt')).gpus;
    expect(idle).toMatchObject({ power_w: 69.85, utilization_percent: 0, row_remap_pending: false, banks_without_spare: 0, channel_repair_pending: false });
    expect(load?.power_w).toBeGreaterThan(500);
    expect(load?.utilization_percent).toBe(100);
  });

  it('a GPU cut in slices reports no utilisation, and none is read', () => {
    for (const gpu of PARSERS.nvidia_smi_csv(text('h100/linux-x86_64__nvidia-h100-mig__590.48.01.txt')).gpus) {
      expect(gpu).not.toHaveProperty('utilization_percent');
    }
  });

  it('a Redfish tree of a GB300', () => {
    const tree = files('redfish', '.json').map((file): unknown => JSON.parse(text(file)));
    expect(PARSERS.redfish(JSON.stringify(tree)).gpus).toEqual([
      {
        gpu: { serial: '1653125034241', uuid: 'ffd6582a-64de-b17e-ad24-af5a28aed641' }, model: 'NVIDIA GB300', health: 'ok',
        row_remap_failure: false, row_remap_pending: false, uncorrected_errors: 0, sram_threshold_exceeded: false, power_w: 231.939, temperature_c: 54.0625,
      },
    ]);
  });

  it('a kernel log with XID 119', () => {
    const { xids } = PARSERS.kernel_log(text('xid/dmesg-with-xid-119.log'));
    expect(xids).toHaveLength(text('xid/dmesg-with-xid-119.log').split('NVRM: Xid (').length - 1);
    expect(xids.length).toBeGreaterThan(4);
    expect(xids[0]).toMatchObject({ code: 119, at: '2025-02-23T16:24:18.000Z', gpu: { bus_id: '0000:9b:00', serial: '1650124014249' } });
  });

  it("every metric of DCGM's own list is read or left, never mistaken", () => {
    for (const file of files('dcgm', '.csv')) {
      const metrics = [...text(file).matchAll(/^#? ?(DCGM_FI_\w+)\s*,\s*(?:gauge|counter)/gm)].map(([, name]) => name);
      expect(metrics.length).toBeGreaterThan(10);
      const scrape = (value: string) => metrics.map((metric) => `${metric}{gpu="0",UUID="GPU-1",modelName="H100"} ${value}`).join('\n');
      expect(PARSERS.prometheus(scrape('9223372036854775794')).gpus).toEqual([{ gpu: { index: 0, uuid: 'GPU-1' }, model: 'H100' }]);
      expect(PARSERS.prometheus(scrape('7')).gpus[0]).toMatchObject({ last_xid: 7, power_w: 7, temperature_c: 7, memory_used_mib: 7 });
    }
  });

  it("NVIDIA's XID catalogue agrees with ours", () => {
    const { rows } = JSON.parse(text('xid/xid-catalog.json')) as { rows: { code: number; immediate: string }[] };
    const actions = new Map(allXids().map((xid) => [xid.code, xid.action]));
    const pairs = new Map<string, Set<string>>();
    for (const { code, immediate } of rows) pairs.set(immediate, (pairs.get(immediate) ?? new Set()).add(actions.get(code) ?? 'missing'));
    expect([...pairs.values()].every((ours) => ours.size === 1 && !ours.has('missing'))).toBe(true);
    expect(rows).toHaveLength(actions.size);
  });
});
