import { idOf, derivedId } from '@pioche/kernel';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { rawPublicKey } from '../src/custody/ed25519.js';

/** PKCS#8 of an Ed25519 key, before its 32 secret bytes (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** For specs: a person with the same key each time. */
export function person(name: string, side: 'tenant' | 'operator' | 'trustee' = 'tenant') {
  const secret = createHash('sha256').update(name).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const proposed = { name, public_key: rawPublicKey(privateKey), side };
  const idIn = (tenant: string) => idOf('custodian').parse(derivedId('custodian', tenant, proposed.public_key));
  return {
    proposed,
    privateKey,
    idIn,
    of: (tenant: string) => ({ id: idIn(tenant), ...proposed }),
    /** An approval of this statement, as it is handed in. */
    signs: (tenant: string, { request, statement }: { request: `request_${string}`; statement: string }) => ({
      request,
      custodian: idIn(tenant),
      signature: sign(null, Buffer.from(statement), privateKey).toString('base64'),
    }),
  };
}
