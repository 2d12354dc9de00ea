import type { ContextName } from '@pioche/contracts';

/** @param prefix what all topics of one installation begin with, for instance `pioche.` */
export const eventTopic = (prefix: string, context: ContextName): string => `${prefix}${context}`;
export const deadLetterTopic = (prefix: string): string => `${prefix}dead-letters`;
export const controlTopic = (prefix: string): string => `${prefix}control`;
