/** Rows that say from when until when something was so. */
import type { Instant } from '@pioche/kernel';
import { InstantColumn } from '@pioche/projections';
import { Column, IsNull, LessThanOrEqual, MoreThan, type FindOptionsWhere } from 'typeorm';

export abstract class Interval {
  @InstantColumn() since!: Instant;
  /** null: it is so still. */
  @InstantColumn({ nullable: true }) until!: Instant | null;
  /** Whether it is so still, for handlers and indices. */
  @Column('boolean') open!: boolean;
}

export const from = (since: Instant) => ({ since, until: null, open: true });
export const ended = (until: Instant) => ({ until, open: false });

/** A condition for those rows that hold at a moment; without one those that hold still. */
export function holding<R extends Interval>(which: FindOptionsWhere<R>, at: Instant | undefined): FindOptionsWhere<R>[] {
  if (at === undefined) return [{ ...which, open: true }];
  return [
    { ...which, since: LessThanOrEqual(at), until: IsNull() },
    { ...which, since: LessThanOrEqual(at), until: MoreThan(at) },
  ];
}
