import { Injectable } from '@nestjs/common';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { SavedPicture } from './picture.js';

/** Counted up when the shape of what is saved changes: older ones are then not read. */
const SHAPE = 2;

export class CreateDispatch1790000000401 implements MigrationInterface {
  readonly name = 'CreateDispatch1790000000401';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE dispatch_snapshots (shape integer PRIMARY KEY, position bigint NOT NULL, picture text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dispatch_snapshots');
  }
}

/** The last picture that was saved, so that a start does not read the whole log. Losing it costs time only. */
@Injectable()
export class PictureSnapshots {
  constructor(private readonly pool: pg.Pool) {}

  async latest(): Promise<SavedPicture | undefined> {
    const { rows } = await this.pool.query<{ picture: string }>('SELECT picture FROM dispatch_snapshots WHERE shape = $1', [SHAPE]);
    return rows[0] && (JSON.parse(rows[0].picture) as SavedPicture);
  }

  async save(picture: SavedPicture): Promise<void> {
    await this.pool.query(
      `INSERT INTO dispatch_snapshots AS saved (shape, position, picture) VALUES ($1, $2, $3)
       ON CONFLICT (shape) DO UPDATE SET position = excluded.position, picture = excluded.picture WHERE saved.position < excluded.position`,
      [SHAPE, picture.position, JSON.stringify(picture)],
    );
  }
}
