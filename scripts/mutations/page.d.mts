import type { Mutation } from './catalogue.mjs';

/** docs/mutations.md */
export function pageOf(mutations: readonly Mutation[]): string;
