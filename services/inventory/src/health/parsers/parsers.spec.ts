import fc from 'fast-check';
import { DCGM, KERNEL_LOG, NVIDIA_SMI, QUERY_GPU, REDFISH } from '../../../test/captures.js';
import { PARSERS } from './index.js';

describe('nvidia-smi -q', () => {
  const { gpus } = PARSERS.nvidia_smi(NVIDIA_SMI);

  it('tells of each GPU, by section and indentation', () => {
    expect(gpus).toHaveLength(2);
    expect(gpus[0]).toEqual({
      gpu: { serial: 'S0', uuid: 'GPU-aaaaaaaa-0000-0000-0000-000000000001', bus_id: '0000:1b:00' },
      model: 'NVIDIA H100 80GB HBM3', driver: '590.48.01', recovery_action: 'none',
      row_remap_pending: false, row_remap_failure: false, remapped_rows_correctable: 1, banks_without_spare: 0,
      uncorrected_errors: 0, sram_threshold_exceeded: false, unrepairable_memory: false,
      temperature_c: 41, power_w: 69.85, memory_total_mib: 81559, memory_used_mib: 12,
    });
  });

  it('leaves out what is not available, and takes the next best', () => {
    expect(gpus[1]).toMatchObject({ recovery_action: 'drain_and_reset', power_w: 631.2 });
    expect(gpus[1]).not.toHaveProperty('row_remap_pending');
  });
});

describe('nvidia-smi --query-gpu', () => {
  it('is read by its header, with units taken off and sentinels left out', () => {
    const { gpus } = PARSERS.nvidia_smi_csv(QUERY_GPU);
    expect(gpus).toEqual([
      expect.objectContaining({ gpu: { serial: 'S0', index: 0, uuid: 'GPU-aaaaaaaa-0000-0000-0000-000000000001', bus_id: '0000:1b:00' }, power_w: 69.85, utilization_percent: 0, row_remap_pending: false }),
      {
        gpu: { serial: 'S1', index: 1, uuid: 'GPU-aaaaaaaa-0000-0000-0000-000000000002', bus_id: '0000:43:00' },
        model: 'NVIDIA H100 80GB HBM3', row_remap_pending: true,
      },
    ]);
  });
});

describe('a Prometheus scrape', () => {
  it('of the DCGM exporter leaves out its blank values', () => {
    expect(PARSERS.prometheus(DCGM).gpus).toEqual([
      expect.objectContaining({ gpu: { index: 0, bus_id: '0000:1b:00' }, temperature_c: 41, power_w: 631.95, last_xid: 0, row_remap_failure: false }),
      {
        gpu: { index: 1, uuid: 'GPU-1', bus_id: '0000:1b:00' }, model: 'NVIDIA H100 80GB HBM3', driver: '590.48.01', last_xid: 79, row_remap_failure: true,
      },
    ]);
  });

  it('of nvidia_gpu_exporter is brought to our units, without its processes', () => {
    const scrape = `
nvidia_smi_gpu_info{index="3",name="NVIDIA H100 80GB HBM3",serial="S3",uuid="x1"} 1
nvidia_smi_memory_used_bytes{uuid="x1"} 2.097152e+06
nvidia_smi_utilization_gpu_ratio{uuid="x1"} 0.5
nvidia_smi_compute_app_used_memory_bytes{pid="1",uuid="x1"} 5
nvidia_smi_gpu_recovery_action{uuid="x1"} 2`;
    expect(PARSERS.prometheus(scrape).gpus).toEqual([
      { gpu: { serial: 'S3', index: 3, uuid: 'x1' }, model: 'NVIDIA H100 80GB HBM3', recovery_action: 'node_reboot', memory_used_mib: 2, utilization_percent: 50 },
    ]);
  });

  it('counts errors of a slice as the GPU’s, but not its use', () => {
    const scrape = 'DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="u",GPU_I_ID="1"} 95\nDCGM_FI_DEV_FB_USED{gpu="0",UUID="u",GPU_I_ID="1"} 5';
    expect(PARSERS.prometheus(scrape).gpus).toEqual([{ gpu: { index: 0, uuid: 'u' }, last_xid: 95 }]);
  });
});

describe('a Redfish tree', () => {
  it('joins a GPU with its metrics and memory', () =>
    expect(PARSERS.redfish(REDFISH).gpus).toEqual([{ gpu: { serial: 'S0' }, health: 'warning', row_remap_failure: true, power_w: 231.9 }]));
});

describe('a kernel log', () => {
  const { xids } = PARSERS.kernel_log(KERNEL_LOG);

  it('gives each XID with its GPU, as far as the log names it', () =>
    expect(xids.map(({ gpu, code, at }) => [gpu.serial ?? gpu.bus_id, code, at])).toEqual([
      ['S1', 79, '2026-11-17T08:00:00.000Z'],
      ['S1', 79, '2026-11-17T08:00:06.000Z'],
      ['0000:1b:00', 31, undefined],
    ]));

  it('reads ISO times too', () =>
    expect(PARSERS.kernel_log('2026-11-17T09:00:00+0100 n01 kernel: NVRM: Xid (PCI:0000:1b:00): 119, pid=1').xids).toMatchObject([
      { code: 119, at: '2026-11-17T08:00:00.000Z', detail: 'pid=1' },
    ]));
});

describe('every parser', () => {
  it('takes any text without throwing, cut off anywhere', () =>
    fc.assert(
      fc.property(fc.constantFrom(NVIDIA_SMI, QUERY_GPU, DCGM, KERNEL_LOG, REDFISH), fc.nat(3000), fc.string(), (text, end, more) => {
        for (const parse of Object.values(PARSERS)) parse(text.slice(0, end) + more);
      }),
    ));
});
