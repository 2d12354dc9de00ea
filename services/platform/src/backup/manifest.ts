/** What a backup says of itself: `manifest.json`, written last, with its own checksum beside it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXTS, Sha256Base64 } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import { z } from 'zod';

export const FORMAT = 'pioche-backup/1';
const MANIFEST = 'manifest.json';
/** As `sha256sum -c` reads it. */
const CHECKSUM = `${MANIFEST}.sha256`;

/** The backup, or what is asked of it, cannot be used: one line that says why. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

const Count = z.int().nonnegative();
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const TableCopy = z.strictObject({
  name: z.string(),
  /** In the order of the file's columns. */
  columns: z.array(z.string()),
  rows: Count,
  /** Of the file, compressed. */
  bytes: Count,
  sha256: Sha256,
});
export type TableCopy = z.infer<typeof TableCopy>;

const ContextCopy = z.strictObject({
  /** Position of the last event in the cut. */
  head: Count,
  events: Count,
  /** Names, in the order in which they were run. */
  migrations: z.array(z.string()),
  tables: z.array(TableCopy),
});
export type ContextCopy = z.infer<typeof ContextCopy>;

const ManifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  taken_at: Instant,
  contexts: z.record(z.enum(CONTEXTS), ContextCopy),
  /** The audit log's tree, as it is in the cut. */
  audit: z.strictObject({ size: Count, root: Sha256Base64 }),
  /** How far the scenario had come; null where none runs. */
  scenario: z.strictObject({ asked: z.string(), now: Instant, finished: z.boolean() }).nullable(),
  /** By which the installation's secret is known again; null where the backup was not taken of an installation. */
  key: Sha256.nullable(),
});
export type Manifest = z.infer<typeof ManifestSchema>;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** By which a secret is known again; nothing follows from it, for a secret is 32 random bytes. */
export const fingerprintOf = (secret: string): string => sha256(`pioche installation ${secret}`);

/** Name → content, in the order in which they have to be written: the checksum makes the backup whole. */
export function manifestFiles(manifest: Manifest): [string, string][] {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  return [
    [MANIFEST, text],
    [CHECKSUM, `${sha256(text)}  ${MANIFEST}\n`],
  ];
}

/** What a folder holds, with its checksum, by which the backup is known again. @throws BackupError when it is no whole manifest of this format */
export function readManifest(folder: string): { readonly manifest: Manifest; readonly checksum: string } {
  const text = read(folder, MANIFEST);
  const [expected] = read(folder, CHECKSUM).split(' ');
  const checksum = sha256(text);
  if (checksum !== expected) throw new BackupError(`${join(folder, MANIFEST)} is damaged: its checksum is not that of ${CHECKSUM}`);
  const content: unknown = JSON.parse(text);
  const format = typeof content === 'object' && content !== null && 'format' in content ? content.format : undefined;
  if (format !== FORMAT) throw new BackupError(`${folder} has the format ${JSON.stringify(format)}; this program reads ${FORMAT}`);
  const parsed = ManifestSchema.safeParse(content);
  if (!parsed.success) throw new BackupError(`${join(folder, MANIFEST)}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
  return { manifest: parsed.data, checksum };
}

function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new BackupError(`${folder} is no backup, or one that was cut off: ${name} is missing`);
  }
}
