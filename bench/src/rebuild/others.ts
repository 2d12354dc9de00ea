/** What goes on meanwhile: somebody asks, all the time; somebody writes. */
import type { EventStore } from '@pioche/event-store';
import type { DataSource } from 'typeorm';
import { quantile } from '../report.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One question, asked again as soon as it is answered and a few milliseconds have passed. */
export class Asking {
  private readonly times: number[] = [];
  private failed = 0;
  private backwards = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(db: DataSource, question: string) {
    this.done = this.ask(db, question);
  }

  async stop(): Promise<{ asked: number; failed: number; backwards: number; p99: number; slowest: number }> {
    this.stopped = true;
    await this.done;
    this.times.sort((a, b) => a - b);
    const at = (share: number) => Math.round(quantile(this.times, share));
    return { asked: this.times.length, failed: this.failed, backwards: this.backwards, p99: at(0.99), slowest: at(1) };
  }

  private async ask(db: DataSource, question: string): Promise<void> {
    let last = 0;
    while (!this.stopped) {
      const start = performance.now();
      const seen = await db.query<{ seen: number }[]>(question).then(([row]) => row?.seen ?? 0, () => undefined);
      this.times.push(performance.now() - start);
      if (seen === undefined) this.failed += 1;
      else if (seen < last) this.backwards += 1;
      last = Math.max(last, seen ?? 0);
      await pause(10);
    }
  }
}

const PER_APPEND = 10;
const EVERY_MS = 100;
let appends = 0;

/** New events for the log, about a hundred per second. */
export class Writing {
  private stopped = false;
  private readonly done: Promise<number>;

  constructor(store: EventStore) {
    this.done = this.write(store);
  }

  /** @returns how many it has written */
  stop(): Promise<number> {
    this.stopped = true;
    return this.done;
  }

  private async write(store: EventStore): Promise<number> {
    const meta = { time: '2026-11-17T10:00:00.000Z', actor: 'bench', correlationId: 'bench', causationId: 'bench' };
    let written = 0;
    while (!this.stopped) {
      const id = `during-${(appends += 1)}`;
      const events = Array.from({ length: PER_APPEND }, (_, n) => ({ type: 'Opened', data: { allocation: `${id}-${n}`, tenant: `tenant_${n}`, gpu_model: 'H100', gpu_milli: 8000 } }));
      await store.append({ commandId: id, writes: [{ stream: id, expected: 'none', events }], meta });
      written += PER_APPEND;
      await pause(EVERY_MS);
    }
    return written;
  }
}
