/** Rows between a handler's types and PostgreSQL's, as the entity's columns say. */
import 'reflect-metadata';
import { types as pgTypes, type CustomTypesConfig } from 'pg';
import type { EntityMetadata } from 'typeorm';
import type { Row } from './key.js';

type Convert = (value: unknown) => unknown;

export interface Codec {
  /** Rows as one JSON text: exact numbers in quotes, columns by their database names. */
  encode(rows: readonly Row[]): string;
  /** A row as it was selected, columns in the entity's order. */
  decode(values: readonly unknown[]): Row;
  /** @throws Error for a name that is no column */
  columnOf(property: string): string;
  readonly types: CustomTypesConfig;
}

const { builtins } = pgTypes;
/** Kept as PostgreSQL writes them, whatever parsers the process has set: a date has no time zone, a sum has no rounding. */
const AS_TEXT = new Set<number>([builtins.DATE, builtins.INT8, builtins.NUMERIC]);
const parserOf: (oid: number, format?: 'text' | 'binary') => (text: string) => unknown = pgTypes.getTypeParser;
const types: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => (AS_TEXT.has(oid) ? (text: string) => text : parserOf(oid, format)),
};

export function codecOf(metadata: EntityMetadata): Codec {
  const columns = metadata.columns.map((column) => {
    const transformers = column.transformer ? [column.transformer].flat() : [];
    const typed = byPropertyType(Reflect.getMetadata('design:type', (metadata.target as { prototype: object }).prototype, column.propertyName));
    return {
      property: column.propertyName,
      name: column.databaseName,
      to: chain(transformers.map((transformer) => (value) => transformer.to(value) as unknown)),
      from: transformers.length > 0 ? chain(transformers.toReversed().map((transformer) => (value) => transformer.from(value) as unknown)) : typed,
    };
  });
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  const columnOf = (property: string) =>
    byProperty.get(property) ?? unknownColumn(property, metadata.name);

  const encodeRow = (row: Row): Row => {
    const out: Record<string, unknown> = {};
    for (const property in row) {
      const { name, to } = columnOf(property);
      const value = to ? to(row[property]) : row[property];
      out[name] = typeof value === 'bigint' ? value.toString() : value;
    }
    return out;
  };
  return {
    encode: (rows) => JSON.stringify(rows.map(encodeRow)),
    decode: (values) => Object.fromEntries(columns.map(({ property, from }, i) => [property, from ? from(values[i]) : values[i]])),
    columnOf: (property) => columnOf(property).name,
    types,
  };
}

function chain(steps: readonly Convert[]): Convert | undefined {
  return steps.length === 0 ? undefined : (value) => steps.reduce<unknown>((current, step) => step(current), value);
}

/** What the property is declared as decides where PostgreSQL's type leaves a choice. */
function byPropertyType(type: unknown): Convert | undefined {
  if (type === BigInt) return (value) => (typeof value === 'string' ? BigInt(value) : value);
  if (type === Number) return (value) => (typeof value === 'string' ? Number(value) : value);
  if (type === String) return (value) => (value instanceof Date ? value.toISOString() : value);
  return undefined;
}

function unknownColumn(property: string, entity: string): never {
  throw new Error(`${entity} has no column ${property}`);
}
