import type { ContextName } from '@pioche/contracts';

/** CloudEvents 1.0, Kafka protocol binding §3.3: structured mode says so in this one header. */
export const CLOUD_EVENT = 'application/cloudevents+json; charset=UTF-8';

/** @param prefix what all topics of one installation begin with, for instance `pioche.` */
export const eventTopic = (prefix: string, context: ContextName): string => `${prefix}${context}`;
export const deadLetterTopic = (prefix: string): string => `${prefix}dead-letters`;
export const controlTopic = (prefix: string): string => `${prefix}control`;
