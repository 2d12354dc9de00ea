import { Column } from 'typeorm';

/** `bigint` as a number: cents, whole numbers below 2⁵³. */
export const CentsColumn = () => Column('bigint', { transformer: { to: (cents: number) => cents, from: Number } });
