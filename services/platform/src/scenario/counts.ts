/** What the services hold while the scenario runs: events in all logs, jobs by state; looked up now and then. */
import { CONTEXTS } from '@pioche/contracts';
import type { Api } from './api.js';
import { START } from './scenario.js';

const LOOK_EVERY_MS = 1_000;
/** Scheduling's words for a job that has not come to its end; any other is an end. */
const QUEUED = new Set(['queued']);
const RUNNING = new Set(['placed', 'running', 'checkpointing']);

export class Counts {
  /** In all logs together. */
  events = 0;
  jobs = { queued: 0, running: 0, ended: 0 };
  private next = 0;

  constructor(private readonly operator: Api) {}

  async look(): Promise<void> {
    const [totals, ...lags] = await Promise.all([
      // No GPU time is wanted here: there was none before the start.
      this.operator.get<{ jobs: Record<string, number> }>('scheduling', `/totals?until=${START}`),
      ...CONTEXTS.map((context) => this.operator.get<{ events: number }>(context, '/lag')),
    ]);
    const all = Object.entries(totals.jobs);
    const count = (wanted: (status: string) => boolean) => all.reduce((sum, [status, n]) => sum + (wanted(status) ? n : 0), 0);
    this.jobs = { queued: count((status) => QUEUED.has(status)), running: count((status) => RUNNING.has(status)), ended: count((status) => !QUEUED.has(status) && !RUNNING.has(status)) };
    this.events = lags.reduce((sum, { events }) => sum + events, 0);
  }

  /** Looks in the background, once a second at the most; what cannot be had now is had next time. */
  lookSoon(): void {
    if (Date.now() < this.next) return;
    this.next = Date.now() + LOOK_EVERY_MS;
    void this.look().catch(() => {});
  }
}
