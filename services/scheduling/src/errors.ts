/** Every refusal of this context: its HTTP status, and what the caller can do next. */
import type { ErrorCatalogue } from '@pioche/service-kit';

export const errors = {
  'quota-exists': { status: 409, title: 'The tenant has a quota already. Change it: POST /quotas/{id}:change.' },
  'quota-not-set': { status: 404, title: 'The tenant has no quota yet. Set one: POST /quotas.' },
  'queue-exists': { status: 409, title: 'This queue is open already.' },
  'job-exists': { status: 409, title: 'This job has been submitted already.' },
  'tenant-required': { status: 422, title: 'Say for which tenant the job is: put its id in `tenant`.' },
  'not-your-tenant': { status: 422, title: 'A job is submitted for your own tenant only. Leave `tenant` out.' },
  'allocation-closed': { status: 409, title: 'This allocation has ended. Stop what runs of it, and fetch your assignments.' },
  'placement-shape': { status: 422, title: 'The placement does not have the nodes and GPUs that the job asked for.' },
  'node-unknown': { status: 404, title: 'The node has not been admitted to this site. Put it in service in the inventory first.' },
  'node-of-another-site': { status: 422, title: 'The node belongs to another site. Ask the plan of that site.' },
  'node-not-open': { status: 409, title: 'The node takes no new work. Plan again on the present state of the site.' },
  'node-busy': { status: 409, title: 'The node still holds allocations on GPUs that would be gone. Requeue its jobs first.' },
  'gpu-unknown': { status: 422, title: 'The node has no such GPU. Plan again on the present state of the site.' },
  'gpu-taken': { status: 409, title: 'The GPU is held by another allocation. Plan again on the present state of the site.' },
  'allocation-exists': { status: 409, title: 'The plan holds this allocation already.' },
  'tenant-barred': { status: 409, title: "The tenant's switch is off. It is placed again when the quorum has switched it on." },
  'policy-outdated': { status: 409, title: 'A later version of the policy is in force already.' },
  'node-not-in-fence': { status: 422, title: 'The node is not among those that this fence was ordered for.' },
  'fence-unknown': { status: 404, title: 'No such fence has been ordered.' },
  'fence-exists': { status: 409, title: 'This fence has been ordered already, for other nodes.' },
  'not-a-node': { status: 403, title: 'Use a token of a node (subject node:<id>) or of a site’s gateway (gateway:<site>).' },
  'not-on-this-node': { status: 422, title: 'A node reports of itself only. Fetch your assignments.' },
  'site-required': { status: 422, title: 'Say of which site: add ?site=.' },
  'report-from-the-future': { status: 422, title: 'Report what has happened; set the clock of the node if it is ahead.' },
} as const satisfies ErrorCatalogue;
