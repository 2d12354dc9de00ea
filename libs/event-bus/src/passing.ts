/**
 * Batches with nothing for a handler: most handlers want few of the events that pass. Their checkpoint moves in memory at
 * once and in the database now and then, so that passing costs no transaction. What is lost in a crash only passes again.
 */
import type pg from 'pg';
import { passCheckpoint, type Checkpoint, type Place } from './checkpoints.js';

/** How far the database may be behind what has passed, in milliseconds: also for the waiting of other replicas. */
const SAVE_MS = 500;

interface Passed {
  readonly place: Place;
  /** The checkpoint in the database. */
  readonly saved: Checkpoint;
  readonly to: Checkpoint;
}

export class Passing {
  /** What stands in the database, by place, as this process has last written it. */
  private readonly saved = new Map<string, Checkpoint>();
  private readonly open = new Map<string, Passed>();
  private timer: NodeJS.Timeout | undefined;

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
  note(place: Place, { nextOffset, position }: Checkpoint): Checkpoint | undefined {
    const saved = this.saved.get(keyOf(place));
    if (!saved) return undefined;
    const before = this.open.get(keyOf(place))?.to ?? saved;
    // What is published again has passed already.
    const to = { nextOffset: Math.max(before.nextOffset, nextOffset), position: Math.max(before.position, position) };
    this.open.set(keyOf(place), { place, saved, to });
    this.timer ??= setTimeout(() => void this.save(), SAVE_MS).unref();
    return to;
  }

  /** Each moves only from where it was noted: a checkpoint that someone else has moved meanwhile is theirs. */
  async save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const passed = [...this.open.values()];
    this.open.clear();
    for (const { place, saved, to } of passed) {
      try {
        await passCheckpoint(this.pool, place, saved, to);
        if (this.saved.get(keyOf(place)) === saved) this.saved.set(keyOf(place), to);
      } catch (error) {
        this.saved.delete(keyOf(place));
        this.onTrouble(error);
      }
    }
  }
}

const keyOf = ({ source, partition }: Place): string => `${source}/${partition}`;
