/** Column kinds that read models share, for queries and handlers alike. */
import type { Instant } from '@pioche/kernel';
import { Column, type ColumnOptions } from 'typeorm';

/** PostgreSQL's bigint and numeric come as text; here they are exact `bigint`s, in handlers and in repositories. */
const exact = { to: (value: bigint | null) => value?.toString() ?? null, from: (text: string | null) => (text === null ? null : BigInt(text)) };
const instantText = {
  to: (value: Instant | null) => value,
  from: (at: Date | string | null) => (at instanceof Date ? at.toISOString() : at),
};

/** `numeric(38, 0)` as a `bigint`: nano-euro, milli-GPU-seconds, sums of them. */
export const ExactColumn = (options: ColumnOptions = {}) =>
  Column({ precision: 38, scale: 0, ...options, type: 'numeric', transformer: exact });

/** `timestamptz` as an `Instant` (text, UTC, milliseconds). */
export const InstantColumn = (options: ColumnOptions = {}) => Column({ ...options, type: 'timestamptz', transformer: instantText });
