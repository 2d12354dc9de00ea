/** How the scenario is getting on: a bar on a terminal, a line now and then elsewhere. */
import { epochMs, type Instant } from '@pioche/kernel';
import { Presets, SingleBar } from 'cli-progress';

export interface Picture {
  readonly now: Instant;
  readonly submitted: number;
  readonly running: number;
  readonly total: number;
}

const DAY_MS = 86_400_000;
const LINE_EVERY_MS = 5_000;

export class ProgressBar {
  private readonly bar: SingleBar | undefined;
  private readonly begun = Date.now();
  private lastLine = Date.now();
  private eventsBefore: number | undefined;

  /**
   * @param from start of the simulated time
   * @param to its end
   * @param events number of events in all logs, asked now and then
   */
  constructor(
    private readonly from: Instant,
    private readonly to: Instant,
    private readonly events: () => number,
  ) {
    if (!process.stderr.isTTY) return;
    this.bar = new SingleBar({ format: ' {bar} day {day} of {days} | {submitted} jobs submitted, {running} running | {rate} events/s | {eta_formatted} left', etaBuffer: 200, stream: process.stderr }, Presets.shades_classic);
    this.bar.start(this.progressOf(to), 0, this.payload({ now: from, submitted: 0, running: 0, total: 0 }));
  }

  show(picture: Picture): void {
    this.eventsBefore ??= this.events();
    if (this.bar) this.bar.update(this.progressOf(picture.now), this.payload(picture));
    else if (Date.now() - this.lastLine > LINE_EVERY_MS) {
      this.lastLine = Date.now();
      const { day, days, submitted, running, rate } = this.payload(picture);
      const left = ((Date.now() - this.begun) / Math.max(1, this.progressOf(picture.now))) * (this.progressOf(this.to) - this.progressOf(picture.now));
      process.stderr.write(`day ${day} of ${days}: ${submitted} jobs submitted, ${running} running, ${rate} events/s, ${Math.round(left / 1000)} s left\n`);
    }
  }

  end(): void {
    this.bar?.stop();
  }

  /** Simulated minutes since the start. */
  private progressOf(now: Instant): number {
    return Math.round((epochMs(now) - epochMs(this.from)) / 60_000);
  }

  private payload({ now, submitted, running, total }: Picture) {
    const seconds = (Date.now() - this.begun) / 1000;
    return {
      day: Math.min(this.days, Math.floor((epochMs(now) - epochMs(this.from)) / DAY_MS) + 1),
      days: this.days,
      submitted: `${submitted}/${total}`,
      running,
      rate: Math.round((this.events() - (this.eventsBefore ?? 0)) / Math.max(seconds, 0.1)),
    };
  }

  private get days(): number {
    return Math.round((epochMs(this.to) - epochMs(this.from)) / DAY_MS);
  }
}
