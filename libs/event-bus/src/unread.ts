/**
 * Partitions that nobody reads. Who leads a consumer group gives the partitions out as it knows them: where it was not
 * told of a topic (a broker that has just come back), nobody gets it, all are content, and nothing changes until
 * somebody joins again. A member that has none looks well, for another may have them; only the checkpoint tells.
 */
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import { readCheckpoints, START } from './checkpoints.js';

export interface UnreadOptions {
  /** Where the partitions of a topic end. */
  readonly ends: (topic: string) => Promise<ReadonlyMap<number, number>>;
  /** The consumer's own database. */
  readonly pool: pg.Pool;
  readonly consumer: string;
  readonly topics: ReadonlyMap<string, ContextName>;
  /** Whether this process reads it. */
  readonly holds: (source: ContextName, partition: number) => boolean;
}

export class Unread {
  /** Next offset of each partition that has something left to read, at the last look. */
  private before: ReadonlyMap<string, number> = new Map();

  constructor(private readonly options: UnreadOptions) {}

  /** @returns partitions, `topic/0`, of others' that have had something to read since the last look and have not moved */
  async look(): Promise<readonly string[]> {
    const waiting = new Map((await Promise.all([...this.options.topics].map(([topic, source]) => this.waiting(topic, source)))).flat());
    const still = [...waiting].filter(([place, offset]) => this.before.get(place) === offset).map(([place]) => place);
    this.before = waiting;
    return still;
  }

  private async waiting(topic: string, source: ContextName): Promise<[place: string, offset: number][]> {
    const { ends: endsOf, pool, consumer, holds } = this.options;
    const [checkpoints, ends] = await Promise.all([readCheckpoints(pool, consumer, source), endsOf(topic)]);
    return [...ends].flatMap(([partition, end]): [string, number][] => {
      const { nextOffset } = checkpoints.get(partition) ?? START;
      return !holds(source, partition) && nextOffset < end ? [[`${topic}/${partition}`, nextOffset]] : [];
    });
  }
}
