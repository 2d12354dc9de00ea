/** Who holds the keys: words that the tenant's and the switch's events share. */
import { idOf } from '@pioche/kernel';
import { z } from 'zod';

/** A raw Ed25519 public key (RFC 8032, 32 bytes) in the one Base64 text it has. */
export const Ed25519PublicKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/)
  .meta({ description: 'Ed25519 public key: 32 bytes, Base64.', examples: ['11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='] });

/** An Ed25519 signature (RFC 8032, 64 bytes) in the one Base64 text it has. */
export const Ed25519Signature = z
  .string()
  .regex(/^[A-Za-z0-9+/]{85}[AQgw]==$/)
  .meta({ description: 'Ed25519 signature: 64 bytes, Base64.' });

/** Whose person a custodian is. A tenant's switch never moves without one of the tenant's own. */
export const Side = z.enum(['tenant', 'operator', 'trustee']);
export type Side = z.infer<typeof Side>;

export const Custodian = z.object({
  id: idOf('custodian'),
  name: z.string(),
  public_key: Ed25519PublicKey,
  side: Side,
});
export type Custodian = z.infer<typeof Custodian>;

/** A class of data a tenant may process here, and a job may declare. */
export const DataClass = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/)
  .meta({ description: 'Class of data.', examples: ['public', 'internal', 'personal', 'health', 'restricted'] });

/** ISO 3166-1 alpha-2. */
export const CountryCode = z.string().regex(/^[A-Z]{2}$/).meta({ description: 'Country, ISO 3166-1 alpha-2.', examples: ['FR'] });

/** How many custodians must sign. */
export const Quorum = z.int().positive().meta({ description: 'Signatures needed: m of the n custodians.' });

export const exampleCustodians: Custodian[] = [
  {
    id: 'custodian_01h2xcejqtf2nbrexx3vqjhp41',
    name: 'Ada Martin',
    public_key: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    side: 'tenant',
  },
  {
    id: 'custodian_01h2xcejqtf2nbrexx3vqjhp42',
    name: 'Notary Durand',
    public_key: 'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=',
    side: 'trustee',
  },
];
export const exampleSignature =
  '5VZDAMNgrHKQhuLMgG6CiohWeLGwpeqAWa0shZmnMbBXwmUXIl+TWw0KjAfCrQmEN45FKjyXo4hL3lRr3jQGDw==';
