/** The people who hold a tenant's keys in the scenario: real Ed25519 keys, made from the seed so that a restart knows them. */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** DER of an Ed25519 private key before its 32 bytes (RFC 8410 §7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface ScenarioCustodian {
  readonly name: string;
  /** Base64 of the raw 32-byte public key. */
  readonly publicKey: string;
  /** Base64 of the Ed25519 signature. */
  sign(statement: string): string;
}

export function custodian(seed: number, tenant: string, index: number): ScenarioCustodian {
  const secret = createHash('sha256').update(`${seed}/${tenant}/${index}`).digest();
  const key: KeyObject = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, secret]), format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    name: `Custodian ${index + 1} of ${tenant}`,
    publicKey: raw.toString('base64'),
    sign: (statement) => sign(null, Buffer.from(statement), key).toString('base64'),
  };
}
