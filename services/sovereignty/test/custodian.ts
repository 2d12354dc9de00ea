import { idOf, derivedId } from '@pioche/kernel';
import { signingKeyOf } from '@pioche/service-kit';
import { sign } from 'node:crypto';
import { rawPublicKey } from '../src/custody/ed25519.js';

/** For specs: a person with the same key each time. */
export function person(name: string, side: 'tenant' | 'operator' | 'trustee' = 'tenant') {
  const privateKey = signingKeyOf(name, 'person');
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
