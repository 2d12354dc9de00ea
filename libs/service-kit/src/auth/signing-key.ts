import { createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto';

/** PKCS #8 of an Ed25519 seed (RFC 8410 §7): this prefix, then the 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The Ed25519 private key that follows from a secret: every process that knows it has the same.
 * @param purpose keeps keys apart that are made from one secret
 */
export function signingKeyOf(secret: string, purpose: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}
