/** States of long streams, so that loading them stays short. Losing one loses time only. */
import type { Decider, Fact } from '@pioche/kernel';
import type pg from 'pg';

export class Snapshots {
  constructor(private readonly pool: pg.Pool) {}

  async latest<S, E extends Fact>(decider: Decider<S, E>, id: string): Promise<{ state: S; version: number } | undefined> {
    if (!decider.snapshots) return undefined;
    const { rows } = await this.pool.query<{ state: S; version: number }>('SELECT state, version FROM snapshots WHERE stream_id = $1 AND state_version = $2', [
      id,
      decider.snapshots.version,
    ]);
    return rows[0];
  }

  /** Keeps the newest; a failure is no one's business but the next load's. */
  async take<S, E extends Fact>(decider: Decider<S, E>, id: string, { state, version }: { state: S; version: number }): Promise<void> {
    await this.pool
      .query(
        `INSERT INTO snapshots (stream_id, version, state_version, state) VALUES ($1, $2, $3, $4)
         ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, state_version = excluded.state_version, state = excluded.state, taken_at = clock_timestamp()
         WHERE snapshots.version < excluded.version OR snapshots.state_version <> excluded.state_version`,
        [id, version, decider.snapshots?.version ?? 0, JSON.stringify(state)],
      )
      .catch(() => {});
  }
}
