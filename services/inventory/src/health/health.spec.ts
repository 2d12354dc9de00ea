import { given, NOW } from '@pioche/testing';
import { plusHours } from '../node/life.js';
import { gpuId } from '../part/part-id.js';
import { KERNEL_LOG, NVIDIA_SMI } from '../../test/captures.js';
import { closeAlert, closeAll, fit, ingest, observe, watch } from './health.commands.js';
import { health, type HealthEvent } from './health.js';
import type { GpuObservation } from './observation.js';

const node = 'node_01h2xcejqtf2nbrexx3vqjhp45' as const;
const gpus = [0, 1].map((index) => ({ id: gpuId(`S${index}`), index, serial: `S${index}` }));
const watched: HealthEvent = { type: 'HealthWatchStarted', data: { node, model: 'DGX H100', gpus } };
const [first, second] = [gpuId('S0'), gpuId('S1')];

const seen = (values: Omit<GpuObservation, 'gpu'>, serial = 'S0') => ({ source: 'nvidia_smi' as const, gpus: [{ gpu: { serial }, ...values }] });
const after = (...reports: ReturnType<typeof seen>[]) =>
  reports.reduce<HealthEvent[]>((history, report) => [...history, ...given(health, history).when(observe, report).events()], [watched]);
const opened = (code: string, alertClass: string, gpu: string = first) => ({ type: 'HealthAlertOpened', data: { node, gpu, code, class: alertClass } });
const closed = (code: string, reason: string) => ({ type: 'HealthAlertClosed', data: { code, reason, closed_at: NOW } });

describe('watching a node', () => {
  const begin = { node, model: 'DGX H100' as const };
  const bare: HealthEvent = { type: 'HealthWatchStarted', data: { ...begin, gpus: [] } };

  it('begins once, and knows the GPUs when they are fitted', () => {
    given(health).when(watch, begin).then(bare);
    given(health, [bare]).when(watch, begin).then();
    given(health, [bare]).when(fit, { gpus }).then(watched);
    given(health, [watched]).when(fit, { gpus }).then();
  });

  it('closes the alerts of a GPU that was replaced', () => {
    const replaced = [gpus[1], { id: gpuId('NEW'), index: 0, serial: 'NEW' }].flatMap((gpu) => gpu ?? []);
    given(health, after(seen({ row_remap_failure: true }))).when(fit, { gpus: replaced })
      .thenMatching({ type: 'HealthWatchStarted' }, closed('row_remap_failure', 'the GPU is no longer in the node'));
  });
});

describe('a condition', () => {
  it.each([
    [{ row_remap_failure: true }, 'row_remap_failure', 'prevents_allocation'],
    [{ row_remap_pending: true }, 'row_remap_pending', 'needs_drain'],
    [{ sram_threshold_exceeded: true }, 'sram_threshold_exceeded', 'needs_drain'],
    [{ banks_without_spare: 2 }, 'banks_without_spare', 'watch'],
    [{ recovery_action: 'node_reboot' }, 'recovery_action', 'prevents_allocation'],
    [{ recovery_action: 'drain_and_reset' }, 'recovery_action', 'needs_drain'],
    [{ health: 'critical' }, 'health', 'prevents_allocation'],
    [{ last_xid: 79 }, 'xid_79', 'prevents_allocation'],
  ] as const)('%j opens an alert of its class', (values, code, alertClass) =>
    given(health, [watched]).when(observe, seen(values)).thenMatching(opened(code, alertClass)));

  it('that is not there opens nothing', () =>
    given(health, [watched]).when(observe, seen({ row_remap_failure: false, recovery_action: 'none', banks_without_spare: 0, health: 'ok', last_xid: 0 })).then());

  it('does not open twice, whoever sees it', () => {
    const history = after(seen({ row_remap_pending: true }));
    given(health, history).when(observe, seen({ row_remap_pending: true })).then();
    given(health, history).when(observe, { ...seen({ row_remap_pending: true }), source: 'prometheus' }).then();
    given(health, history).when(observe, seen({ row_remap_pending: true }, 'S1')).thenMatching(opened('row_remap_pending', 'needs_drain', second));
  });

  it('closes its alert when it is gone, and not when nothing is said of it', () => {
    const history = after(seen({ row_remap_pending: true }));
    given(health, history).when(observe, seen({ temperature_c: 41 })).then();
    given(health, history).when(observe, seen({ row_remap_pending: false })).thenMatching(closed('row_remap_pending', 'the condition is gone'));
  });

  it('that has become worse opens anew', () =>
    given(health, after(seen({ recovery_action: 'drain_p2p' }))).when(observe, seen({ recovery_action: 'gpu_reset' }))
      .thenMatching(closed('recovery_action', 'it is now prevents_allocation'), opened('recovery_action', 'prevents_allocation')));

  it('of the node itself: it lives with 4 of its 6 power supplies, not with 3', () => {
    const supplies = (live: number) => given(health, [watched]).when(observe, { source: 'agent', power_supplies_live: live });
    supplies(6).then();
    supplies(4).thenMatching({ type: 'HealthAlertOpened', data: { code: 'power_supplies', class: 'watch' } });
    supplies(3).thenMatching({ type: 'HealthAlertOpened', data: { code: 'power_supplies', class: 'prevents_allocation' } });
  });
});

describe('an XID', () => {
  const history = [watched, ...given(health, [watched]).when(ingest, { format: 'kernel_log', text: KERNEL_LOG }).events()];

  it('opens one alert per GPU and code, however often the log repeats it', () =>
    given(health, [watched]).when(ingest, { format: 'kernel_log', text: KERNEL_LOG }).thenMatching(
      opened('xid_79', 'prevents_allocation', second),
      { type: 'HealthAlertOpened', data: { named: '0000:1b:00', code: 'xid_31', class: 'watch' } },
    ));

  it('opens nothing when the same log comes again, not even after the repair', () => {
    given(health, history).when(ingest, { format: 'kernel_log', text: KERNEL_LOG }).then();
    const mended = [...history, ...given(health, history).when(closeAll, { reason: 'repaired' }).events()];
    given(health, mended).when(ingest, { format: 'kernel_log', text: KERNEL_LOG.split('\n').slice(0, 4).join('\n') }).then();
    given(health, mended, { now: plusHours(NOW, 2) })
      .when(observe, { source: 'kernel_log', xids: [{ gpu: { serial: 'S1' }, code: 79, at: plusHours(NOW, 1) }] })
      .thenMatching(opened('xid_79', 'prevents_allocation', second));
  });

  it('that a gauge showed is over when the gauge is at 0 again', () =>
    given(health, after(seen({ last_xid: 119 }))).when(observe, seen({ last_xid: 0 })).thenMatching(closed('xid_119', 'the GPU was reset')));

  it('is of a GPU that the rest of the report tells more about', () =>
    given(health, [watched])
      .when(observe, { source: 'agent', gpus: [{ gpu: { serial: 'S0', bus_id: '0000:1b:00' } }], xids: [{ gpu: { bus_id: '0000:1b:00' }, code: 95 }] })
      .thenMatching(opened('xid_95', 'prevents_allocation')));

  it('that nobody knows yet asks for a drain', () =>
    given(health, [watched]).when(observe, { source: 'agent', xids: [{ gpu: { index: 0 }, code: 999 }] }).thenMatching(opened('xid_999', 'needs_drain')));
});

describe('an alert', () => {
  const history = after(seen({ row_remap_failure: true }));
  const alert = history.flatMap((event) => (event.type === 'HealthAlertOpened' ? [event.data.alert] : []))[0] ?? 'alert_none';

  it('is closed by a person with a reason', () =>
    given(health, history).when(closeAlert, { alert, reason: 'GPU replaced' }).thenMatching(closed('row_remap_failure', 'GPU replaced')));

  it('is not closed when it is not open, and the caller is told which are', () =>
    given(health, history).when(closeAlert, { alert: 'alert_01h2xcejqtf2nbrexx3vqjhp48', reason: 'r' }).refuses('alert-not-open', { open: [alert] }));
});

describe('a capture', () => {
  it('is judged as it is', () =>
    given(health, [watched]).when(ingest, { format: 'nvidia_smi', text: NVIDIA_SMI }).thenMatching(opened('recovery_action', 'needs_drain', second)));

  it('that is not of its format is refused', () =>
    given(health, [watched]).when(ingest, { format: 'nvidia_smi', text: 'hello' }).refuses('capture-not-readable', { format: 'nvidia_smi' }));
});
