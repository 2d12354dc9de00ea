/**
 * A moment in UTC as `YYYY-MM-DDTHH:mm:ss.sssZ`. Always this one form (RFC 3339, milliseconds, `Z`),
 * so that instants compare as strings: `deadline <= now`.
 */
import { z } from 'zod';

export const Instant = z.iso
  .datetime({ offset: true })
  // Runs on refused text too, which stays as it came.
  .overwrite((text) => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()))
  .meta({ description: 'A moment, RFC 3339 in UTC with milliseconds.', examples: ['2026-11-17T10:00:00.000Z'] });
export type Instant = z.infer<typeof Instant>;

/** @param ms milliseconds since 1970-01-01T00:00:00Z */
export const instant = (ms: number): Instant => new Date(ms).toISOString();

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const epochMs = (at: Instant): number => Date.parse(at);

/** @returns `at` moved by a number of seconds (negative: earlier). */
export const plusSeconds = (at: Instant, seconds: number): Instant => instant(epochMs(at) + Math.round(seconds * 1000));

/** Seconds from `from` to `to`, with millisecond fractions. */
export const secondsBetween = (from: Instant, to: Instant): number => (epochMs(to) - epochMs(from)) / 1000;
