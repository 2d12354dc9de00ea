import { Controller } from '@nestjs/common';
import { refuse } from '@pioche/kernel';
import { Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { CheckpointRow, checkpointView } from '../read-models/checkpoint-view/checkpoint-view.js';
import { HASH_BYTES } from './merkle.js';
import { parseTilePath } from './tiles.js';
import { AuditTree } from './tree-store.js';

const Level = z.coerce.number().int().min(0).max(5);
const One = z.object({ level: Level, a: z.string() });
const Two = One.extend({ b: z.string() });
const Three = Two.extend({ c: z.string() });
const Bytes = z.custom<Uint8Array>().meta({ description: 'Hashes, one after the other.' });
const tile = { summary: 'A tile of the tree, C2SP tlog-tiles: up to 256 hashes.', may: 'read-audit', returns: Bytes, media: 'application/octet-stream', from: [] } as const;

/** The log as tools for C2SP tlog-tiles read it, below the prefix `/audit/log`. It gives hashes, and no events. */
@Controller()
export class TileController {
  constructor(
    private readonly db: DataSource,
    private readonly tree: AuditTree,
  ) {}

  @Query({ path: '/audit/log/checkpoint', summary: 'The last signed checkpoint as a note.', may: 'read-audit', returns: z.string(), media: 'text/plain; charset=utf-8', from: [checkpointView] })
  async checkpoint() {
    const [last] = await this.db.getRepository(CheckpointRow).find({ order: { size: 'DESC' }, take: 1 });
    return last?.note ?? refuse('no-checkpoint-yet');
  }

  /** `067` */
  @Query({ path: '/audit/log/tile/{level}/{a}', params: One, ...tile })
  whole({ params: { level, a } }: Asked<typeof One>) {
    return this.read(level, a);
  }

  /** `067.p/12`, `x001/067` */
  @Query({ path: '/audit/log/tile/{level}/{a}/{b}', params: Two, ...tile })
  partial({ params: { level, a, b } }: Asked<typeof Two>) {
    return this.read(level, `${a}/${b}`);
  }

  /** `x001/067.p/12`, `x001/x234/067` */
  @Query({ path: '/audit/log/tile/{level}/{a}/{b}/{c}', params: Three, ...tile })
  far({ params: { level, a, b, c } }: Asked<typeof Three>) {
    return this.read(level, `${a}/${b}/${c}`);
  }

  private async read(level: number, path: string): Promise<Buffer> {
    const asked = parseTilePath(path) ?? refuse('unknown', { level, path });
    const hashes = await this.tree.tile(level, asked.index);
    const bytes = asked.width * HASH_BYTES;
    return hashes !== undefined && hashes.length >= bytes ? hashes.subarray(0, bytes) : refuse('unknown', { level, path });
  }
}
