/** Sovereignty: tenants and policies come in; custodians switch their tenant's service off and on. */
import { one, OPERATIONS, createdBy, between, type Deed, type Doer, type Drawing } from '../deed.js';
import type { Ask } from '../../history/records.js';
import type { WorldTenant } from '../../../scenario/world.js';
import type { Sender } from '../sender.js';

const VALID_S = 7 * 86_400;
const TEXT = (n: number) => `@id("probe-${n}")\n@reason("Nobody is meant.")\nforbid (principal == Tenant::"nobody-${n}", action == Action::"place", resource);\n`;

interface Petitioned {
  readonly events: readonly { readonly data: { readonly request?: string; readonly statement?: string } }[];
}

export class Rights {
  private readonly tenants: string[] = [];
  private readonly policies: string[] = [];
  /** Tenants that have been asked to be off. */
  private readonly off = new Set<string>();

  readonly doers: readonly Doer[] = [
    { weight: 1, do: (drawing) => ({ ask: this.register(drawing) }) },
    { weight: 3, do: (drawing) => ({ ask: this.changeClasses(drawing) }) },
    { weight: 2, do: (drawing) => ({ ask: this.draft(drawing) }) },
    { weight: 2, do: (drawing) => ({ ask: this.revise(drawing) }) },
    { weight: 1, do: (drawing) => this.turn(drawing) },
  ];

  private register(drawing: Drawing): Ask {
    const [custodian] = drawing.world.tenants[0]?.people ?? [];
    const ask = asked(drawing, '/tenants', undefined, {
      name: `Visitor ${drawing.key()}`, country: 'FR', data_classes: ['public'], custodians: [{ name: 'Someone', public_key: custodian?.publicKey }], quorum: 1,
    });
    this.tenants.push(createdBy(ask, 'tenant'));
    return ask;
  }

  private changeClasses(drawing: Drawing): Ask {
    const tenant = this.tenants.length === 0 ? 'tenant_00000000000000000000000000' : one(drawing.random, this.tenants);
    return asked(drawing, '/tenants/{id}:changeDataClasses', tenant, { data_classes: one(drawing.random, [['public'], ['public', 'internal'], ['internal', 'health']]) });
  }

  private draft(drawing: Drawing): Ask {
    const n = between(drawing.random, 1, 999);
    const ask = asked(drawing, '/policies', undefined, { title: `Probe ${n}`, text: TEXT(n) });
    this.policies.push(createdBy(ask, 'policy'));
    return ask;
  }

  private revise(drawing: Drawing): Ask {
    const policy = this.policies.length === 0 ? 'policy_00000000000000000000000000' : one(drawing.random, this.policies);
    return asked(drawing, '/policies/{id}:revise', policy, { text: TEXT(between(drawing.random, 1, 999)) });
  }

  /** Not the lab's, and not two at once of one tenant: the keys of the whole errand are drawn now. */
  private turn({ random, world, key }: Drawing): Deed {
    const tenant = one(random, world.tenants.slice(1));
    const direction = this.off.has(tenant.id) ? 'On' : 'Off';
    if (direction === 'Off') this.off.add(tenant.id);
    else this.off.delete(tenant.id);
    const keys = Array.from({ length: tenant.quorum + 1 }, key);
    return { errand: (sender) => turn(sender, tenant, world.switches.get(tenant.id) ?? '', direction, keys) };
  }
}

const asked = ({ key }: Drawing, route: string, target: string | undefined, body: object): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'sovereignty', route, ...(target !== undefined && { target }), key: key(), body,
});

/** A quorum signs what the answer to the request says; refused, for instance because the one before is still open, it ends. */
async function turn(sender: Sender, tenant: WorldTenant, target: string, direction: 'Off' | 'On', keys: readonly string[]): Promise<void> {
  const by = { subject: `custodian@${tenant.id}`, tenant: tenant.id };
  const ask = (command: string, key: string, body: object) => sender.patiently(sender.number({ kind: 'command', by, context: 'sovereignty', route: `/switches/{id}:${command}`, target, key, body }));
  const requested = await ask(`request${direction}`, keys[0] ?? '', { valid_for_s: VALID_S });
  if (requested.status >= 300) return;
  const petition = (requested.body as Petitioned).events.find(({ data }) => data.statement !== undefined)?.data;
  for (const [n, person] of tenant.people.slice(0, tenant.quorum).entries()) {
    await ask('approve', keys[n + 1] ?? '', { request: petition?.request, custodian: person.id, signature: person.sign(petition?.statement ?? '') });
  }
}
