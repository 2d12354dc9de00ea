import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { CountryCode, Custodian, DataClass, Ed25519Signature, exampleCustodians, exampleSignature, Quorum } from './custody.js';

export const tenantEvents = events('sovereignty', {
  TenantRegistered: {
    version: 1,
    meaning: 'A customer exists here: the classes of data it may process, and the people whose signatures switch it off and on.',
    data: z.object({
      tenant: idOf('tenant'),
      name: z.string(),
      country: CountryCode,
      data_classes: z.array(DataClass),
      custodians: z.array(Custodian),
      quorum: Quorum,
    }),
    example: {
      tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
      name: 'Hôpital Sainte-Anne',
      country: 'FR',
      data_classes: ['internal', 'health'],
      custodians: exampleCustodians,
      quorum: 2,
    },
  },
  DataClassesChanged: {
    version: 1,
    meaning: 'From now on the tenant may process these classes of data, and no other; jobs that run go on.',
    data: z.object({ data_classes: z.array(DataClass) }),
    example: { data_classes: ['internal', 'personal', 'health'] },
  },
  CustodianChangeRequested: {
    version: 1,
    meaning: 'Other custodians are proposed. Nothing changes until the present quorum has signed the statement.',
    data: z.object({
      request: idOf('request'),
      custodians: z.array(Custodian),
      quorum: Quorum,
      statement: z.string(),
      expires_at: Instant,
    }),
    example: {
      request: 'request_01h2xcejqtf2nbrexx3vqjhp41',
      custodians: exampleCustodians,
      quorum: 1,
      statement: 'pioche statement v1\naction: change-custodians\n…\n',
      expires_at: '2026-11-18T10:00:00.000Z',
    },
  },
  CustodianChangeApproved: {
    version: 1,
    meaning: 'A present custodian has signed the statement of the change.',
    data: z.object({ request: idOf('request'), custodian: idOf('custodian'), signature: Ed25519Signature }),
    example: {
      request: 'request_01h2xcejqtf2nbrexx3vqjhp41',
      custodian: 'custodian_01h2xcejqtf2nbrexx3vqjhp41',
      signature: exampleSignature,
    },
  },
  CustodiansChanged: {
    version: 1,
    meaning: 'The present quorum has signed: these are the custodians now. Requests that the former ones had open lapse.',
    data: z.object({ request: idOf('request'), custodians: z.array(Custodian), quorum: Quorum }),
    example: { request: 'request_01h2xcejqtf2nbrexx3vqjhp41', custodians: exampleCustodians, quorum: 1 },
  },
});
export type TenantEvent = FactOf<typeof tenantEvents>;
