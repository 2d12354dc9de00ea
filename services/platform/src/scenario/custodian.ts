/** The people who hold a tenant's keys in the scenario: real Ed25519 keys, made from the seed so that a restart knows them. */
import { createPublicKey, sign } from 'node:crypto';
import { signingKeyOf } from '@pioche/service-kit';

export interface ScenarioCustodian {
  readonly name: string;
  /** Base64 of the raw 32-byte public key. */
  readonly publicKey: string;
  /** Base64 of the Ed25519 signature. */
  sign(statement: string): string;
}

export function custodian(seed: number, tenant: string, index: number): ScenarioCustodian {
  const key = signingKeyOf(String(seed), `custodian ${index} of ${tenant}`);
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    name: `Custodian ${index + 1} of ${tenant}`,
    publicKey: raw.toString('base64'),
    sign: (statement) => sign(null, Buffer.from(statement), key).toString('base64'),
  };
}
