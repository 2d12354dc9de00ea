/** The nodes at work: they fetch assignments and report, and insist until they are heard. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '@pioche/kernel';
import type { Api } from '../../scenario/api.js';
import { Fleet, type Assignments, type Report } from '../../scenario/fleet.js';
import type { Sender } from './sender.js';
import type { SimulatedTime } from './time.js';

const PAUSE_MS = 150;
const BATCH = 200;
/** Reports take longer than a command: many commands in one. */
const TIMEOUT_MS = 10_000;

export class FleetDriver {
  private readonly fleet: Fleet;
  private running: Promise<void> | undefined;
  private stopping = false;
  private sent = 0;

  /** @param gateway speaks for all nodes of the site @param lengthOf seconds that a job runs, by its name */
  constructor(
    private readonly site: string,
    private readonly gateway: Api,
    private readonly sender: Sender,
    private readonly time: SimulatedTime,
    lengthOf: (name: string) => number,
  ) {
    this.fleet = new Fleet(lengthOf);
  }

  start(): void {
    this.running = this.run();
    this.running.catch(() => undefined);
  }

  /** Ends after the round at work. @throws what ended it before */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /** When the next report is due, of what the nodes know. */
  nextDue(): Instant | undefined {
    return this.fleet.nextDue();
  }

  /** Fetches, and reports what is due. @param after position of scheduling that the answer has to know; 0: whichever */
  async round(after = 0): Promise<void> {
    const since = this.fleet.cursor === undefined ? '' : `&since=${this.fleet.cursor}`;
    const { now } = this.time;
    const answer = await this.gateway.get<Assignments>('scheduling', `/agent/assignments?site=${this.site}${since}`, after > 0 ? `scheduling:${after}` : undefined);
    this.fleet.learn(answer, now);
    const reports = this.fleet.reports(now);
    for (let from = 0; from < reports.length; from += BATCH) await this.report(reports.slice(from, from + BATCH));
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await this.round();
      await sleep(PAUSE_MS);
    }
  }

  private async report(reports: readonly Report[]): Promise<void> {
    const key = `reports-${(this.sent += 1)}`;
    await this.sender.patiently(
      this.sender.number({ kind: 'reports', by: { subject: `gateway:${this.site}` }, context: 'scheduling', route: '/agent/reports', key, body: { reports } }),
      { timeoutMs: TIMEOUT_MS },
    );
  }
}
