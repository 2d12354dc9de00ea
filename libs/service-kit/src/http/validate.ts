/** What comes in is checked against its one schema, and every wrong field is named at once. */
import type { z } from 'zod';
import { ProblemError, type FieldError } from '../problem.js';

type Issue = z.core.$ZodIssue;

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''); // RFC 6901

function allowedBy(issue: Issue): unknown {
  switch (issue.code) {
    case 'invalid_value': return issue.values;
    case 'invalid_type': return issue.expected;
    case 'invalid_format': return issue.pattern === undefined ? issue.format : `${issue.format}: ${issue.pattern}`;
    case 'too_small': return { [issue.inclusive === false ? 'more_than' : 'minimum']: Number(issue.minimum) };
    case 'too_big': return { [issue.inclusive === false ? 'less_than' : 'maximum']: Number(issue.maximum) };
    case 'not_multiple_of': return { multiple_of: issue.divisor };
    default: return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields that were sent and that the schema did not take. */
function* unknownFields(sent: unknown, taken: unknown, path: readonly PropertyKey[] = []): Generator<PropertyKey[]> {
  if (Array.isArray(sent) && Array.isArray(taken)) {
    for (const [index, item] of sent.entries()) yield* unknownFields(item, taken[index], [...path, index]);
  } else if (isRecord(sent) && isRecord(taken)) {
    for (const key of Object.keys(sent)) {
      if (Object.hasOwn(taken, key)) yield* unknownFields(sent[key], taken[key], [...path, key]);
      else yield [...path, key];
    }
  }
}

/** The same where the schema has refused the rest: only the outermost fields can be told then. */
const unknownAtTop = (schema: z.ZodType, sent: unknown): PropertyKey[][] =>
  'shape' in schema && isRecord(schema.shape) && isRecord(sent) ? [...unknownFields(sent, schema.shape)].filter((path) => path.length === 1) : [];

const placed = (where: 'body' | 'parameter', path: readonly PropertyKey[]): Pick<FieldError, 'pointer' | 'parameter'> =>
  where === 'body' ? { pointer: pointerOf(path) } : { parameter: path.map(String).join('.') };

function errorOf(where: 'body' | 'parameter', issue: Issue): FieldError {
  const allowed = allowedBy(issue);
  return { ...placed(where, issue.path), reason: issue.message, ...(allowed === undefined ? {} : { allowed }) };
}

/**
 * @param where `body`: errors carry a JSON pointer into it; `parameter`: the name of a path or query parameter
 * @throws ProblemError `validation-failed` with every field's error; unknown fields are errors too
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, where: 'body' | 'parameter'): z.output<S> {
  const result = schema.safeParse(value);
  const unknown = result.success ? [...unknownFields(value, result.data)] : unknownAtTop(schema, value);
  const errors = [
    ...(result.success ? [] : result.error.issues.map((issue) => errorOf(where, issue))),
    ...unknown.map((path) => ({ ...placed(where, path), reason: 'There is no such field.' })),
  ];
  if (!result.success || errors.length > 0) throw new ProblemError('validation-failed', { errors });
  return result.data;
}
