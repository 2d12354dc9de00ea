/** What is measured while a load is on: where every follower is, what waits, and what the processes have in memory. */
import { setTimeout as pause } from 'node:timers/promises';
import { secondsBehind, type Followers, type Look, type Place } from './followers.js';
import type { Generator } from './generator.js';
import { namedProcesses, type Platform } from './platform.js';
import { residentBytes } from './processes.js';
import type { Sample } from './trend.js';

const LOOK_MS = 50;
const WEIGH_MS = 1_000;
/** Looks that are kept to see how fast a log grows, and milliseconds between two of them. */
const KEPT = 5;
const APART_MS = 500;

type Series = ReadonlyMap<string, readonly Sample[]>;

export interface Load {
  readonly generator: Generator;
  /** Jobs per second. */
  readonly rate: number;
  /** Jobs in all. */
  readonly jobs: number;
}

export class Watch {
  private readonly over = new AbortController();
  private readonly begun = Date.now();
  private readonly looks: Look[] = [];
  private readonly series = { places: new Map<string, Place[]>(), queues: new Map<string, Sample[]>(), memory: new Map<string, Sample[]>(), delays: new Map<string, Sample[]>() };
  private readonly watching: Promise<unknown>;

  constructor(
    private readonly platform: Platform,
    private readonly followers: Followers,
    private readonly load: Load,
  ) {
    this.watching = Promise.all([this.every(LOOK_MS, () => this.look()), this.every(WEIGH_MS, () => this.weigh())]);
  }

  /** By follower, in order of time: where it was when it was first seen there. */
  get places(): ReadonlyMap<string, readonly Place[]> {
    return this.series.places;
  }

  /** Seconds that something waits, while jobs were sent. */
  get queues(): Series {
    return this.series.queues;
  }

  /** Bytes resident, and of heap in use. */
  get memory(): Series {
    return this.series.memory;
  }

  /** p99 of the event loop's delay in each second, ms. */
  get delays(): Series {
    return this.series.delays;
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.watching;
  }

  private async every(ms: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.over;
    for (let next = Date.now() + ms; !signal.aborted; next = Math.max(next + ms, Date.now())) {
      await pause(next - Date.now());
      await work();
    }
  }

  private async look(): Promise<void> {
    const look = await this.followers.look();
    for (const place of look.places) {
      const own = listIn(this.series.places, place.follower);
      if (own.at(-1)?.position !== place.position) own.push(place);
    }
    if (look.at - (this.looks.at(-1)?.at ?? 0) >= APART_MS) this.looks.push(look);
    if (this.looks.length > KEPT) this.looks.shift();
  }

  private async weigh(): Promise<void> {
    const { memory, delays } = this.series;
    for (const [name, pid] of namedProcesses(this.platform)) this.note(memory, `${name} rss`, residentBytes(pid));
    this.note(memory, 'generator heap', process.memoryUsage().heapUsed);
    await Promise.all([...this.platform.processes.keys()].map(async (name) => {
      const text = await metricsOf(this.platform, name);
      this.note(memory, `${name} heap`, figure(text, 'nodejs_heap_size_used_bytes'));
      this.note(delays, name, figure(text, 'nodejs_eventloop_lag_p99_seconds') * 1000);
    }));
    this.count();
  }

  private count(): void {
    const { generator, rate, jobs } = this.load;
    const { sent, submitted, placed, dropped, refused } = generator.counts;
    if (sent >= jobs) return;
    const { queues } = this.series;
    this.note(queues, 'answers', (sent - submitted - dropped - refused) / rate);
    this.note(queues, 'placement', (submitted - placed) / rate);
    const [earlier, latest] = [this.looks[0], this.looks.at(-1)];
    if (earlier && latest && latest.at > earlier.at) for (const [name, behind] of secondsBehind(latest, earlier)) this.note(queues, name, behind);
  }

  private note(series: Map<string, Sample[]>, name: string, value: number): void {
    listIn(series, name).push({ at: (Date.now() - this.begun) / 1000, value });
  }
}

function listIn<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

/** In the embedded shape all five answer with the same process' figures. */
async function metricsOf(platform: Platform, name: string): Promise<string> {
  const base = name === 'embedded' ? platform.url('scheduling') : platform.url(name as Parameters<Platform['url']>[0]);
  return fetch(`${base}/metrics`).then((response) => response.text(), () => '');
}

const figure = (text: string, name: string): number => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? 0);
