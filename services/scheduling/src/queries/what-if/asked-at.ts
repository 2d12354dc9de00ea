import { epochMs, type Instant } from '@pioche/kernel';

/** Questions about the queue in one second are answered as of its beginning: what was found for one serves all. */
const STEP_MS = 1_000;

/** Milliseconds since 1970. */
export const askedAtMs = (now: Instant): number => Math.floor(epochMs(now) / STEP_MS) * STEP_MS;
