import type { ErrorCatalogue } from '@pioche/service-kit';

/** Every refusal of this context, and what to do next. */
export const errors = {
  'quorum-out-of-reach': { status: 422, title: 'Name at least as many custodians as the quorum needs.' },
  'custodian-key-repeated': { status: 422, title: 'Give each custodian a key of their own.' },
  'custodian-key-weak': { status: 422, title: 'Make a new Ed25519 key: anyone can forge signatures under this one.' },
  'custodian-of-tenant-missing': { status: 422, title: "Name at least one custodian who is the tenant's own." },
  'custodian-unknown': { status: 422, title: 'Sign with the key of a present custodian; their ids are in the details of the tenant.' },
  'request-already-open': { status: 409, title: 'Sign the statement of the request that is open, or wait until it expires.' },
  'request-not-open': { status: 409, title: 'Read which request is open, and sign its statement.' },
  'request-expired': { status: 409, title: 'Make a new request, and sign its statement before it expires.' },
  'already-signed': { status: 409, title: 'Nothing to do: this custodian has signed. Ask another one.' },
  'signature-does-not-verify': { status: 422, title: "Sign exactly the statement in the details, last newline included, with this custodian's key." },
  'policy-does-not-parse': { status: 422, title: 'Correct the Cedar text at the line and column of the errors.' },
  'policy-does-not-validate': { status: 422, title: 'Use the entities and attributes of the placement vocabulary; the errors say which are not in it.' },
  'policy-names-a-node': { status: 422, title: 'Write the rule about attributes that nodes share; to keep one node free, drain it.' },
  'policy-is-a-template': { status: 422, title: 'Write the principal and resource in place of ?principal and ?resource.' },
  'policy-is-empty': { status: 422, title: 'Write at least one policy.' },
  'policy-without-id': { status: 422, title: 'Give each policy an @id("…"): placements name the rules that permitted them.' },
  'policy-id-repeated': { status: 422, title: 'Give each policy an @id of its own.' },
  'policy-supersedes-itself': { status: 422, title: 'Leave the policy itself out of supersedes: its next text replaces the former one anyway.' },
  'policy-text-changed': { status: 409, title: 'Another text waits now: read it, and approve its digest.' },
  'author-cannot-approve': { status: 422, title: 'Ask someone other than the author of this text.' },
  'already-approved': { status: 409, title: 'Nothing to do: you have approved this text. Ask another person.' },
  'checkpoint-note-differs': { status: 422, title: 'Record the size and root that the note is about.' },
  'checkpoint-goes-back': { status: 409, title: 'The log has signed a greater tree: do not restore it from before that checkpoint.' },
  'checkpoint-contradicts': { status: 409, title: 'This tree does not continue the one that was signed: stop, and find out which leaves differ.' },
} as const satisfies ErrorCatalogue;
