/** Whose signatures count, and how many of them. Shared by the tenant (change of custodians) and its switch. */
import { Custodian, Ed25519PublicKey, Quorum, Side } from '@pioche/contracts';
import { derivedId, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { isForgeable } from './ed25519.js';

export interface Custody {
  readonly custodians: readonly Custodian[];
  /** m of the n custodians. */
  readonly quorum: number;
}

/** Custodians as they are proposed: their ids follow from their keys. */
export const CustodyInput = z.object({
  custodians: z
    .array(
      z.object({
        name: z.string().trim().min(1).max(120),
        public_key: Ed25519PublicKey,
        side: Side.default('tenant'),
      }),
    )
    .min(1)
    .max(32),
  quorum: Quorum,
});

/** @returns the custodians with their ids. @throws Refusal when their signatures could not protect the tenant */
export function custodyOf(tenant: string, { custodians, quorum }: z.infer<typeof CustodyInput>): { custodians: Custodian[]; quorum: number } {
  if (quorum > custodians.length) refuse('quorum-out-of-reach', { quorum, custodians: custodians.length });
  // One key twice would be one person counted twice.
  const twice = custodians.find(({ public_key }, at) => custodians.findIndex((other) => other.public_key === public_key) !== at);
  if (twice) refuse('custodian-key-repeated', { public_key: twice.public_key });
  const forgeable = custodians.find(({ public_key }) => isForgeable(public_key));
  if (forgeable) refuse('custodian-key-weak', { public_key: forgeable.public_key });
  if (!custodians.some(({ side }) => side === 'tenant')) refuse('custodian-of-tenant-missing');
  return {
    quorum,
    custodians: custodians.map((custodian) => ({ id: derivedId('custodian', tenant, custodian.public_key), ...custodian })),
  };
}

/** Enough signatures, and one of the tenant's own people among them. @param signers ids of those who have signed */
export const reached = ({ custodians, quorum }: Custody, signers: readonly string[]): boolean =>
  signers.length >= quorum && custodians.some(({ id, side }) => side === 'tenant' && signers.includes(id));

/** Same people, same keys, same number. */
export const sameCustody = (a: Custody, b: Custody): boolean =>
  a.quorum === b.quorum &&
  a.custodians.length === b.custodians.length &&
  a.custodians.every(({ id, name, side }) => b.custodians.some((other) => other.id === id && other.name === name && other.side === side));
