/** File → its text. */
export const files: ReadonlyMap<string, string>;
