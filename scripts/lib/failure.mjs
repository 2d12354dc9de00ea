/** What goes wrong in a way that one line tells. The exit status is 1. */
export class Failure extends Error {}

/** A wrong call. The exit status is 2. */
export class Usage extends Error {}
