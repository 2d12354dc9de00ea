import { readFileSync } from 'node:fs';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The variables as they are meant: `<NAME>_FILE` names a file whose text stands for `<NAME>`, as orchestrators hand out
 * secrets. The line end at the end of the file does not belong to it.
 * @param names those that can be given by a file; a name that is a variable itself (`ISSUER_JWK_FILE`) stays what it is
 * @returns the variables, and a line for each that cannot be read or is given twice; never what a file holds
 */
export function fromFiles(names: readonly string[], variables: Variables): { readonly variables: Variables; readonly lines: readonly string[] } {
  const read: Record<string, string> = {};
  const lines: string[] = [];
  for (const name of names) {
    const asFile = `${name}_FILE`;
    const file = variables[asFile];
    if (file === undefined || file === '' || names.includes(asFile)) continue;
    if (variables[name] !== undefined && variables[name] !== '') {
      lines.push(`${asFile}: ${name} is given, too: leave one of them out`);
      continue;
    }
    try {
      read[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      lines.push(`${asFile}: must be a file that this process can read; ${(error as NodeJS.ErrnoException).code ?? 'it cannot be read'}`);
    }
  }
  return { variables: { ...variables, ...read }, lines };
}
