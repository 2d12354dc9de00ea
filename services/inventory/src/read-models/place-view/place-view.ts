import { nodeEvents, partEvents, type RecordedOf } from '@pioche/contracts';
import { projection, type Rows } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { ended, from, Interval } from '../interval.js';

/** One row per stay of a node or part in a place: what was where, and when. A cable has a row per end. */
@Entity('place_view')
@Index(['thing', 'open'])
@Index(['host', 'open'])
export class PlaceRow extends Interval {
  /** A node or a part. */
  @PrimaryColumn('text') thing!: string;
  /** Of the event that put it there. */
  @PrimaryColumn('int') version!: number;
  /** 1, and 2 for a cable's far end. */
  @PrimaryColumn('int') end!: number;
  /** A rack, a node, or a part (a switch). */
  @Column('text') host!: string;
  /** In a rack its lowest unit. */
  @Column('text') slot!: string;
}

type Moved = RecordedOf<typeof nodeEvents> | RecordedOf<typeof partEvents>;
const leave = (rows: Rows<PlaceRow>, { subject, time }: Moved): void => rows.patch({ thing: subject, open: true }, ended(time));

export const placeView = projection(PlaceRow, { version: 1, from: [nodeEvents, partEvents] }, {
  NodeRacked: (rows, { subject, version, time, data }) =>
    rows.put({ thing: subject, version, end: 1, host: data.rack, slot: String(data.unit), ...from(time) }),
  NodeRmaShipped: leave,
  NodeRetired: leave,
  PartInstalled: (rows, { subject, version, time, data }) => {
    const ends = [data, ...(data.far_end === undefined ? [] : [data.far_end])];
    for (const [at, { host, slot }] of ends.entries()) rows.put({ thing: subject, version, end: at + 1, host, slot, ...from(time) });
  },
  PartRemoved: leave,
});
