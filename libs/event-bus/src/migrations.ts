/** Tables of the event bus: a consumer's checkpoints and dead letters, a relay's checkpoint. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE checkpoints (
    consumer text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (consumer, source, partition)
  ) WITH (fillfactor = 50)`,
  `CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    position bigint,
    stream text COLLATE "C",
    event_id text COLLATE "C",
    type text COLLATE "C",
    raw text NOT NULL,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('dead', 'waiting', 'redriven')),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  `CREATE INDEX dead_letters_open ON dead_letters (consumer, source, stream, id) WHERE state <> 'redriven'`,
  `CREATE TABLE relay_checkpoints (
    context text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
  ) WITH (fillfactor = 50)`,
];

export class CreateEventBus1790000000002 implements MigrationInterface {
  readonly name = 'CreateEventBus1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE relay_checkpoints, dead_letters, checkpoints');
  }
}

export const eventBusMigrations = [CreateEventBus1790000000002];

/** What the service does with these, as GRANT has it. */
export const eventBusRights = {
  checkpoints: { service: ['SELECT', 'INSERT', 'UPDATE'] },
  dead_letters: { service: ['SELECT', 'INSERT', 'UPDATE'] },
  relay_checkpoints: { service: ['SELECT', 'INSERT', 'UPDATE'] },
} as const;
