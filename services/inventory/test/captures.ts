/** Small texts in the form of each source, written for the specs. */

export const NVIDIA_SMI = `
==============NVSMI LOG==============

Timestamp                                 : Tue Nov 17 09:00:00 2026
Driver Version                            : 590.48.01
CUDA Version                              : 13.1

Attached GPUs                             : 2
GPU 00000000:1B:00.0
    Product Name                          : NVIDIA H100 80GB HBM3
    Serial Number                         : S0
    GPU UUID                              : GPU-aaaaaaaa-0000-0000-0000-000000000001
    GPU Recovery Action                   : None
    PCI
        Bus Id                            : 00000000:1B:00.0
    FB Memory Usage
        Total                             : 81559 MiB
        Used                              : 12 MiB
    Utilization
        GPU                               : N/A
    ECC Errors
        Volatile
            DRAM Uncorrectable            : 0
        Aggregate
            SRAM Threshold Exceeded       : No
        Unrepairable Memory               : No
    Remapped Rows
        Correctable Error                 : 1
        Pending                           : No
        Remapping Failure Occurred        : No
        Bank Remap Availability Histogram
            None                          : 0 bank(s)
    Temperature
        GPU Current Temp                  : 41 C
    GPU Power Readings
        Average Power Draw                : 69.85 W
GPU 00000000:43:00.0
    Product Name                          : NVIDIA H100 80GB HBM3
    Serial Number                         : S1
    GPU UUID                              : GPU-aaaaaaaa-0000-0000-0000-000000000002
    GPU Recovery Action                   : Drain and Reset
    PCI
        Bus Id                            : 00000000:43:00.0
    Remapped Rows                         : N/A
    GPU Power Readings
        Average Power Draw                : N/A
        Instantaneous Power Draw          : 631.20 W

################################################################################
# another section
################################################################################
GPU 00000000:99:00.0
`;

export const QUERY_GPU = `index, serial, uuid, pci.bus_id, name, gpu_recovery_action, power.draw [W], utilization.gpu [%], remapped_rows.pending, remapped_rows.failure
0, S0, GPU-aaaaaaaa-0000-0000-0000-000000000001, 00000000:1B:00.0, NVIDIA H100 80GB HBM3, None, 69.85 W, 0 %, No, No
1, S1, GPU-aaaaaaaa-0000-0000-0000-000000000002, 00000000:43:00.0, NVIDIA H100 80GB HBM3, [N/A], [Not Supported], [N/A], Yes, [N/A]
`;

const dcgm = (metric: string, gpu: number, value: string) =>
  `${metric}{gpu="${gpu}",UUID="GPU-${gpu}",pci_bus_id="00000000:1B:00.0",device="nvidia${gpu}",modelName="NVIDIA H100 80GB HBM3",Hostname="n01",DCGM_FI_DRIVER_VERSION="590.48.01"} ${value}`;

export const DCGM = [
  '# HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).',
  '# TYPE DCGM_FI_DEV_GPU_TEMP gauge',
  dcgm('DCGM_FI_DEV_GPU_TEMP', 0, '41'),
  dcgm('DCGM_FI_DEV_POWER_USAGE', 0, '631.950000'),
  dcgm('DCGM_FI_DEV_XID_ERRORS', 0, '0'),
  dcgm('DCGM_FI_DEV_ROW_REMAP_FAILURE', 0, '0'),
  dcgm('DCGM_FI_DEV_GPU_TEMP', 1, '9223372036854775794'),
  dcgm('DCGM_FI_DEV_POWER_USAGE', 1, '140737488355328.000000'),
  dcgm('DCGM_FI_DEV_XID_ERRORS', 1, '79'),
  dcgm('DCGM_FI_DEV_ROW_REMAP_FAILURE', 1, '1'),
].join('\n');

export const KERNEL_LOG = `[Tue Nov 17 08:00:00 2026] NVRM: GPU at PCI:0000:43:00: GPU-aaaaaaaa-0000-0000-0000-000000000002
[Tue Nov 17 08:00:00 2026] NVRM: GPU Board Serial Number: S1
[Tue Nov 17 08:00:00 2026] NVRM: Xid (PCI:0000:43:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
[Tue Nov 17 08:00:06 2026] NVRM: Xid (PCI:0000:43:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
[   88.123456] NVRM: Xid (PCI:0000:1b:00): 31, pid=12, name=python, MMU Fault
[   88.200000] usb 1-1: new high-speed USB device
`;

export const REDFISH = JSON.stringify([
  { '@odata.id': '/redfish/v1/Systems/S/Processors/CPU_0', ProcessorType: 'CPU', SerialNumber: 'C0' },
  {
    '@odata.id': '/redfish/v1/Systems/S/Processors/GPU_0', ProcessorType: 'GPU', SerialNumber: 'S0', Model: 'NA',
    MemorySummary: { TotalMemorySizeMiB: 0 }, Status: { Health: 'Warning' },
  },
  { '@odata.id': '/redfish/v1/Systems/S/Processors/GPU_0/EnvironmentMetrics', PowerWatts: { Reading: 231.9 }, TemperatureCelsius: { Reading: null } },
  {
    '@odata.id': '/redfish/v1/Systems/S/Memory/GPU_0_DRAM_0', Oem: { Nvidia: { RowRemappingFailed: true } },
    Links: { Processors: [{ '@odata.id': '/redfish/v1/Systems/S/Processors/GPU_0' }] },
  },
]);
