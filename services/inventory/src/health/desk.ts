/** Opens and closes alerts one by one, so that each sees what the ones before have changed. */
import type { HealthSource } from '@pioche/contracts';
import type { Context, Instant } from '@pioche/kernel';
import { conditionOf, health, type HealthEvent, type OpenAlert, type Watched } from './health.js';
import type { GpuRef } from './observation.js';
import type { Verdict } from './rules.js';

/** What an alert is on: a GPU of the node, one that only the source can name, or (neither) the node. */
export type Subject = Pick<OpenAlert, 'gpu' | 'named'>;

export class Desk {
  readonly events: HealthEvent[] = [];
  constructor(
    private state: Watched,
    private readonly context: Context,
  ) {}

  get open(): readonly OpenAlert[] {
    return this.state.open;
  }

  /** Which GPU of the node that is: by serial, else by the driver's index. */
  subjectOf(ref: GpuRef): Subject {
    const { gpus } = this.state.watch;
    // A serial that is not here is another GPU, whatever its index.
    const gpu = ref.serial === undefined ? gpus.find(({ index }) => index === ref.index) : gpus.find(({ serial }) => serial === ref.serial);
    if (gpu) return { gpu: gpu.id };
    const named = ref.serial ?? ref.uuid ?? ref.bus_id ?? (ref.index === undefined ? undefined : `GPU ${ref.index}`);
    return named === undefined ? {} : { named };
  }

  /** Opens, keeps or closes the alert of a condition. The same condition never opens twice. */
  apply(subject: Subject, verdict: Verdict, source: HealthSource, seen?: Instant): void {
    const condition = conditionOf({ ...subject, code: verdict.code });
    const open = this.state.open.find((alert) => conditionOf(alert) === condition);
    const closed = this.state.closed[condition];
    if (open === undefined && seen !== undefined && closed !== undefined && seen <= closed) return;
    if (open?.class === verdict.class) return;
    if (open) this.close(open, verdict.class === null ? 'the condition is gone' : `it is now ${verdict.class}`);
    if (verdict.class === null) return;
    const { code, class: alertClass, detail } = verdict;
    this.emit({
      type: 'HealthAlertOpened',
      data: { alert: this.context.newId('alert'), node: this.state.watch.node, ...subject, class: alertClass, source, code, detail },
    });
  }

  close(alert: OpenAlert, reason: string): void {
    const { detail: _, ...which } = alert;
    this.emit({ type: 'HealthAlertClosed', data: { ...which, reason, closed_at: this.context.now } });
  }

  /** These GPUs are in the node now. */
  fit(gpus: Watched['watch']['gpus']): void {
    const { watch } = this.state;
    if (JSON.stringify(watch.gpus) === JSON.stringify(gpus)) return;
    this.emit({ type: 'HealthWatchStarted', data: { ...watch, gpus } });
    for (const alert of this.open) {
      if (alert.gpu !== undefined && !gpus.some(({ id }) => id === alert.gpu)) this.close(alert, 'the GPU is no longer in the node');
    }
  }

  private emit(event: HealthEvent): void {
    this.events.push(event);
    const next = health.evolve(this.state, event);
    if (next.status === 'watched') this.state = next;
  }
}
