/** Bodies that are a little different from a valid one. */
import type { z } from 'zod';

type Body = Readonly<Record<string, unknown>>;

export const WRONG_FIELD = 'no_such_field';

/** Of another kind than the value: no schema that takes the one takes the other. */
const wrong = (value: unknown): unknown => (typeof value === 'object' && value !== null ? 7 : [null]);

/** Each field with a body in which only this one is wrong. */
export const wrongOnes = (body: object): [field: string, body: Body][] =>
  Object.entries(body).map(([field, value]) => [field, { ...body, [field]: wrong(value) }]);

function* changed(value: unknown): Generator {
  if (typeof value === 'string') {
    yield `${value}x`;
    // An id, a number in text: another one of the same form.
    for (const digit of '0123456789') yield value.slice(0, -1) + digit;
    yield value.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10));
  } else if (typeof value === 'number') {
    yield value + 1;
    yield value - 1;
  } else if (typeof value === 'boolean') yield !value;
  else if (Array.isArray(value)) {
    yield value.slice(1);
    for (const [at, item] of value.entries()) for (const other of changed(item)) yield value.with(at, other);
  } else if (typeof value === 'object' && value !== null) yield* bodiesLike(value);
}

function* bodiesLike(body: object): Generator<Body> {
  for (const [field, value] of Object.entries(body)) for (const other of changed(value)) yield { ...body, [field]: other };
}

/** Another body that the schema takes, and reads as something else. */
export function otherThan(body: object, schema: z.ZodType | undefined): Body | undefined {
  if (schema === undefined) return undefined;
  const read = (value: object) => JSON.stringify(schema.safeParse(value).data);
  const own = read(body);
  for (const other of bodiesLike(body)) {
    const it = read(other);
    if (it !== undefined && it !== own) return other;
  }
  return undefined;
}
