/** How the scenario is getting on: a bar on a terminal, a line now and then elsewhere. */
import { epochMs, type Instant } from '@pioche/kernel';
import { Presets, SingleBar } from 'cli-progress';

export interface Picture {
  readonly now: Instant;
  readonly submitted: number;
  readonly total: number;
}

/** What the services hold, as last looked up. */
export interface Held {
  readonly events: number;
  readonly jobs: { readonly queued: number; readonly running: number; readonly ended: number };
}

const DAY_MS = 86_400_000;
const LINE_EVERY_MS = 5_000;
const FORMAT = ' {bar} day {day} of {days} | jobs: {submitted} submitted, {queued} queued, {running} running, {ended} ended | {rate} events/s | {left} left';

export class ProgressBar {
  private readonly bar: SingleBar | undefined;
  private readonly begun = Date.now();
  private readonly eventsBefore: number;
  private lastLine = Date.now();
  /** Where this run came in, and when: an interrupted one goes on from the middle. */
  private first: { readonly now: Instant; readonly at: number } | undefined;

  /**
   * @param from start of the simulated time
   * @param to its end
   */
  constructor(
    private readonly from: Instant,
    private readonly to: Instant,
    private readonly held: Held,
  ) {
    this.eventsBefore = held.events;
    if (!process.stderr.isTTY) return;
    this.bar = new SingleBar({ format: FORMAT, stream: process.stderr, barsize: 24 }, Presets.shades_classic);
    this.bar.start(this.minutes(to), 0, this.payload({ now: from, submitted: 0, total: 0 }));
  }

  show(picture: Picture): void {
    this.first ??= { now: picture.now, at: Date.now() };
    if (this.bar) this.bar.update(this.minutes(picture.now), this.payload(picture));
    else if (Date.now() - this.lastLine > LINE_EVERY_MS) {
      this.lastLine = Date.now();
      const { day, days, submitted, queued, running, ended, rate, left } = this.payload(picture);
      process.stderr.write(`day ${day} of ${days}: ${submitted} jobs submitted, ${queued} queued, ${running} running, ${ended} ended, ${rate} events/s, ${left} left\n`);
    }
  }

  end(): void {
    this.bar?.stop();
  }

  private payload({ now, submitted, total }: Picture) {
    const seconds = (Date.now() - this.begun) / 1000;
    const perMinute = (Date.now() - (this.first?.at ?? this.begun)) / 1000 / Math.max(1, this.minutes(now) - this.minutes(this.first?.now ?? this.from));
    return {
      day: Math.min(this.days, Math.floor(this.minutes(now) / (24 * 60)) + 1),
      days: this.days,
      submitted: `${submitted}/${total}`,
      ...this.held.jobs,
      rate: Math.round((this.held.events - this.eventsBefore) / Math.max(seconds, 0.1)),
      left: timeOf(perMinute * (this.minutes(this.to) - this.minutes(now))),
    };
  }

  /** Simulated minutes since the start. */
  private minutes(now: Instant): number {
    return Math.round((epochMs(now) - epochMs(this.from)) / 60_000);
  }

  private get days(): number {
    return Math.round((epochMs(this.to) - epochMs(this.from)) / DAY_MS);
  }
}

const timeOf = (seconds: number): string => (seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);
