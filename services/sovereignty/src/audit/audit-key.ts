/** The key that the log signs its checkpoints with, and its name. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Provider } from '@nestjs/common';
import { CONFIG, signingKeyOf, type ServiceConfig } from '@pioche/service-kit';
import { rawPublicKey } from '../custody/ed25519.js';
import { verifierKey, type NoteKey } from './note.js';

const DEFAULT_ORIGIN = 'pioche.fr/audit';

export class AuditKey {
  readonly noteKey: NoteKey;

  /** @param origin which log: a URL without a scheme */
  constructor(
    readonly origin: string,
    readonly privateKey: KeyObject,
  ) {
    this.noteKey = { name: origin, publicKey: rawPublicKey(privateKey) };
  }

  /** What verifiers keep: `<origin>+<id>+<key>`. */
  get verifierKey(): string {
    return verifierKey(this.noteKey);
  }
}

/**
 * AUDIT_KEY_FILE is an Ed25519 private key (PKCS #8, PEM), AUDIT_ORIGIN the log's name. Without a file the key follows
 * from the secret of the built-in issuer, or from its key file.
 * @throws Error where there is neither: with an identity provider the file is needed
 */
export function auditKeyOf({ identity }: Pick<ServiceConfig, 'identity'>, variables: Readonly<Record<string, string | undefined>>): AuditKey {
  const origin = variables['AUDIT_ORIGIN'] || DEFAULT_ORIGIN;
  const file = variables['AUDIT_KEY_FILE'];
  if (file) return new AuditKey(origin, createPrivateKey(readFileSync(file)));
  if (identity.kind === 'oidc') throw new Error('AUDIT_KEY_FILE: must be a file with an Ed25519 private key in PEM; it is not set');
  const secret = identity.kind === 'secret' ? identity.secret : readFileSync(identity.file, 'utf8');
  return new AuditKey(origin, signingKeyOf(secret, 'pioche audit log'));
}

export const auditKeyProvider: Provider = { provide: AuditKey, useFactory: (config: ServiceConfig) => auditKeyOf(config, process.env), inject: [CONFIG] };
