/**
 * What can stand in the way, in the order in which we try to do without it. So `nodes-cordoned` is given only when
 * the open nodes could never do, and `not-enough-gpus` only when what is free would not do in any shape.
 */
export const OBSTACLES = ['nodes-cordoned', 'not-enough-gpus', 'fragmentation', 'behind-reservation', 'quota', 'tenant-barred', 'no-permit', 'unknown-queue'] as const;
export type Obstacle = (typeof OBSTACLES)[number];
