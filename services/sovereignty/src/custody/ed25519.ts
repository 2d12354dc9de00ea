/** Ed25519 (RFC 8032) on raw keys in Base64, as events and checkpoints write them. Pure. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** @param publicKey 32 bytes in Base64 */
export const publicKeyOf = (publicKey: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'base64').toString('base64url') }, format: 'jwk' });

/** The 32 bytes, in Base64, of a public key or of a private key's public half. */
export function rawPublicKey(key: KeyObject): string {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519' || x === undefined) throw new TypeError('not an Ed25519 key');
  return Buffer.from(x, 'base64url').toString('base64');
}

/**
 * @param text what was signed, as UTF-8
 * @param signature 64 bytes in Base64
 * @returns false also for a key that is no point of the curve
 */
export function verifyEd25519(publicKey: string, text: string, signature: string): boolean {
  try {
    return verify(null, Buffer.from(text), publicKeyOf(publicKey), Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

/**
 * Points of small order, without the sign bit: under such a "key" many verifiers take a signature that was made
 * without any secret. Ours does not, but those who check our log need not use ours.
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** Whether anyone can forge signatures under this key. @param publicKey 32 bytes in Base64 */
export function isForgeable(publicKey: string): boolean {
  const bytes = Buffer.from(publicKey, 'base64');
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(bytes.toString('hex'));
}
