import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { Custodian, Ed25519Signature, exampleCustodians, exampleSignature, Quorum } from './custody.js';

const request = 'request_01h2xcejqtf2nbrexx3vqjhp41';
const tenant = 'tenant_01h2xcejqtf2nbrexx3vqjhp41';

const Requested = z.object({
  request: idOf('request'),
  tenant: idOf('tenant'),
  statement: z.string().meta({ description: 'The exact UTF-8 text that custodians sign, its last newline included.' }),
  quorum: Quorum,
  expires_at: Instant,
});
const Moved = z.object({
  request: idOf('request'),
  tenant: idOf('tenant'),
  at: Instant.meta({ description: 'Moment of the last signature: the measured time starts here.' }),
});

export const switchEvents = events('sovereignty', {
  SwitchArmed: {
    version: 1,
    meaning: "The tenant's switch knows whose signatures move it. A request that was open lapses.",
    data: z.object({ tenant: idOf('tenant'), custodians: z.array(Custodian), quorum: Quorum }),
    example: { tenant, custodians: exampleCustodians, quorum: 2 },
  },
  SwitchOffRequested: {
    version: 1,
    meaning: 'Someone asks that the tenant be switched off. Nothing happens until a quorum of custodians has signed the statement.',
    data: Requested,
    example: {
      request,
      tenant,
      statement: 'pioche statement v1\naction: switch-off\n…\n',
      quorum: 2,
      expires_at: '2026-11-18T10:00:00.000Z',
    },
  },
  SwitchOnRequested: {
    version: 1,
    meaning: 'Someone asks that the tenant be switched on again. Nothing happens until a quorum of custodians has signed the statement.',
    data: Requested,
    example: {
      request,
      tenant,
      statement: 'pioche statement v1\naction: switch-on\n…\n',
      quorum: 2,
      expires_at: '2026-11-18T10:00:00.000Z',
    },
  },
  SwitchApproved: {
    version: 1,
    meaning: 'A custodian has signed the statement of the request; anyone can verify it with the public key in SwitchArmed.',
    data: z.object({ request: idOf('request'), custodian: idOf('custodian'), signature: Ed25519Signature }),
    example: { request, custodian: 'custodian_01h2xcejqtf2nbrexx3vqjhp41', signature: exampleSignature },
  },
  SwitchRequestLapsed: {
    version: 1,
    meaning: 'The request is over without effect; its signatures count for nothing.',
    data: z.object({ request: idOf('request'), tenant: idOf('tenant'), reason: z.enum(['expired', 'custodians_changed']) }),
    example: { request, tenant, reason: 'expired' },
  },
  TenantSwitchedOff: {
    version: 1,
    meaning: 'The quorum has signed: no new placement, running jobs are stopped, and every node that runs one acknowledges.',
    data: Moved,
    example: { request, tenant, at: '2026-11-17T10:00:00.000Z' },
  },
  SwitchOffCompleted: {
    version: 1,
    meaning: 'Every node has acknowledged: nothing of the tenant runs. The time it took is measured and published.',
    data: z.object({
      request: idOf('request'),
      tenant: idOf('tenant'),
      nodes: z.int().nonnegative().meta({ description: 'How many nodes had to acknowledge, and did.' }),
      elapsed_ms: z.int().nonnegative().meta({ description: 'Milliseconds from the last signature to the last acknowledgement.' }),
    }),
    example: { request, tenant, nodes: 12, elapsed_ms: 1840 },
  },
  TenantSwitchedOn: {
    version: 1,
    meaning: 'The quorum has signed: the tenant may place jobs again.',
    data: Moved,
    example: { request, tenant, at: '2026-11-17T12:00:00.000Z' },
  },
});
export type SwitchEvent = FactOf<typeof switchEvents>;
