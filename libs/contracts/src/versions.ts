/** The versions of an event: which one is written, and how data goes from one to another. */
import type { EventDeclaration, OlderVersion } from './define.js';

/** A version with data that fits it. */
type Shown = Pick<OlderVersion, 'data' | 'example'>;

/** The version that goes into the log. */
export const writtenVersion = ({ version, writes = version }: EventDeclaration): number => writes;

/** Data of an older version, step by step to the current one. */
export function upcast({ version: current, history = [] }: EventDeclaration, version: number, data: unknown): unknown {
  if (version >= current) return data;
  let newer = data;
  for (const step of history) if (step.version >= version) newer = step.upcast(newer as never);
  return newer;
}

/** Current data, step by step to the version that is written. @throws Error where a step back is not declared */
export function downcast(declaration: EventDeclaration, data: unknown): unknown {
  const written = writtenVersion(declaration);
  let older = data;
  for (const step of (declaration.history ?? []).toReversed()) {
    if (step.version < written) break;
    if (!step.downcast) throw new Error(`version ${step.version} is written, but there is no downcast to it`);
    older = step.downcast(older as never);
  }
  return older;
}

/**
 * What is wrong with the versions of a declaration, in sentences: the older ones are 1, 2, … without holes, `writes` is
 * one of them or the current one, and on the way to it each step back and the step forward again agree on the examples.
 */
export function versionFaults(declaration: EventDeclaration): string[] {
  const { version, history = [], example, data } = declaration;
  const written = writtenVersion(declaration);
  const faults: string[] = [];
  if (history.length !== version - 1 || history.some((old, i) => old.version !== i + 1)) faults.push(`version ${version} needs the older versions 1 to ${version - 1} in its history, in order`);
  if (!Number.isInteger(written) || written < 1 || written > version) faults.push(`it writes version ${written}, which is none of 1 to ${version}`);
  let newer: Shown = { data, example };
  for (const step of history.slice(written - 1).toReversed()) {
    faults.push(...stepFaults(step, newer));
    newer = step;
  }
  return faults;
}

function* stepFaults(step: OlderVersion, newer: Shown): Generator<string> {
  const { version, example } = step;
  if (!step.downcast || example === undefined) {
    yield `version ${version} is written on the way: it needs a downcast and an example`;
    return;
  }
  const back = (data: unknown): unknown => step.downcast?.(data as never);
  const forth = (data: unknown): unknown => step.upcast(data as never);
  const said = back(newer.data.parse(newer.example));
  if (!step.data.safeParse(said).success) yield `the downcast to version ${version} makes of the newer example what version ${version} does not allow`;
  if (!newer.data.safeParse(forth(example)).success) yield `the upcast from version ${version} makes of its example what the newer version does not allow`;
  if (!same(back(forth(said)), said)) yield `what version ${version} can say of the newer example is lost on the way forth and back`;
  if (!same(back(forth(example)), example)) yield `the example of version ${version} does not come back as it was`;
}

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/** JSON with keys in order: a field that is undefined is one that is not there. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part));
