export type Example = { body: object };
export type Examples = Record<string, Example>;
export const describeBadInput = (): void => {};
