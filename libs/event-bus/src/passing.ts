/**
 * Batches with nothing for a handler: most handlers want few of the events that pass. Their checkpoint moves in memory at
 * once and in the database now and then, so that passing costs no transaction. What is lost in a crash only passes again.
 */
import type pg from 'pg';
import { passCheckpoint, type Checkpoint, type Place } from './checkpoints.js';

/** How far the database may be behind what has passed, in milliseconds: also for the waiting of other replicas. */
const SAVE_MS = 500;

interface Passed {
  /** Absent where the source has none. */
  readonly nextOffset: number | undefined;
  readonly position: number;
}

export class Passing {
  /** What stands in the database, by place, as this process has last written it. */
  private readonly saved = new Map<string, Checkpoint>();
  private readonly open = new Map<string, { readonly place: Place; readonly to: Checkpoint }>();
  private timer: NodeJS.Timeout | undefined;
  private saving = Promise.resolve();

  constructor(
    private readonly pool: pg.Pool,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** A transaction has moved the checkpoint: what had passed before it is in there too. */
  wrote(place: Place, checkpoint: Checkpoint): void {
    this.saved.set(keyOf(place), checkpoint);
    this.open.delete(keyOf(place));
  }

  /** @returns the checkpoint after it; nothing unless this process has written the one before itself */
  note(place: Place, { nextOffset, position }: Passed): Checkpoint | undefined {
    const saved = this.saved.get(keyOf(place));
    if (!saved) return undefined;
    const before = this.open.get(keyOf(place))?.to ?? saved;
    // What is published again has passed already.
    const to = { nextOffset: nextOffset ?? before.nextOffset, position: Math.max(before.position, position) };
    this.open.set(keyOf(place), { place, to });
    this.timer ??= setTimeout(() => void this.save(), SAVE_MS).unref();
    return to;
  }

  /** Brings the database to what has passed. */
  save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.saving = this.saving.then(() => this.saveOpen());
    return this.saving;
  }

  /** Each moves only from where this process has left it: a checkpoint that someone else has moved meanwhile is theirs. */
  private async saveOpen(): Promise<void> {
    const passed = [...this.open];
    this.open.clear();
    for (const [key, { place, to }] of passed) {
      const from = this.saved.get(key);
      if (!from) continue;
      const moved = await passCheckpoint(this.pool, place, from, to).catch((error: unknown) => this.onTrouble(error));
      // A transaction may have moved it further while this was under way.
      if (this.saved.get(key) !== from) continue;
      if (moved) this.saved.set(key, to);
      else this.saved.delete(key);
    }
  }
}

const keyOf = ({ source, partition }: Place): string => `${source}/${partition}`;
