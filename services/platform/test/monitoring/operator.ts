/** What is asked of the services of a platform that runs: by its operator, the custodians of a tenant, the agents of nodes. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { BuiltInIssuer } from '@pioche/service-kit';
import { eventually } from '@pioche/testing';
import { Api } from '../../src/scenario/api.js';
import { custodian } from '../../src/scenario/custodian.js';
import { SWITCHED, TENANTS } from '../../src/scenario/tenants.js';

export class Operator {
  private number = 0;
  private now = '';

  private constructor(
    private readonly port: number,
    private readonly token: string,
    private readonly issuer: BuiltInIssuer,
  ) {}

  /** @param port of the first service; the others follow it */
  static async of(port: number, secret: string): Promise<Operator> {
    const issuer = await BuiltInIssuer.fromSecret(secret);
    return new Operator(port, await issuer.mint({ subject: 'operator', role: 'operator', lifetime: 86_400 }), issuer);
  }

  /** Whatever is answered. */
  async look(context: ContextName, path: string): Promise<void> {
    await fetch(this.url(context) + path, { headers: { authorization: `Bearer ${this.token}` } }).then((answer) => answer.text(), () => undefined);
  }

  /** Simulated time goes on by so many seconds: a request carries it. */
  async later(seconds: number, context: ContextName): Promise<void> {
    await this.api();
    this.now = this.at(seconds);
    await fetch(`${this.url(context)}/lag`, { headers: { authorization: `Bearer ${this.token}`, 'pioche-simulated-time': this.now } });
  }

  async openProgramme(): Promise<void> {
    const api = await this.api();
    const { items } = await api.get<{ items: { tenant: string }[] }>('lab', '/programmes');
    await api.post('lab', '/programmes', this.key(), { name: `Programme ${this.number}`, goal: 'To be seen', tenant: items[0]?.tenant });
  }

  async drainEachTenthNode(): Promise<void> {
    const api = await this.api();
    const { items } = await api.get<{ items: { node: string }[] }>('inventory', '/nodes?status=in_service&page_size=200');
    for (const { node } of items.filter((_, at) => at % 10 === 0)) await api.post('inventory', `/nodes/${node}:drain`, this.key(), { reason: 'a firmware update', deadline: this.at(86_400) });
  }

  async resumeNodes(): Promise<void> {
    const api = await this.api();
    const { items } = await api.get<{ items: { node: string }[] }>('inventory', '/nodes?status=draining&page_size=200');
    for (const { node } of items) await api.post('inventory', `/nodes/${node}:resume`, this.key(), {});
  }

  /** @param part of the read model's name */
  async rebuild(context: ContextName, part: string): Promise<void> {
    const api = await this.api();
    const { items } = await api.get<{ items: { name: string }[] }>(context, '/read-models');
    await api.post(context, `/read-models/${items.find(({ name }) => name.includes(part))?.name}:rebuild`, this.key(), {});
  }

  async redriveAll(context: ContextName): Promise<void> {
    const api = await this.api();
    await eventually(async () => {
      const { items } = await api.get<{ items: { id: string; state: string }[] }>(context, '/dead-letters?state=dead');
      for (const { id } of items) await api.post(context, `/dead-letters/${id}:redrive`, this.key(), {});
      expect(items).toEqual([]);
    }, 30_000);
  }

  /** The custodians of the tenant that switches ask for it, and as many sign as must. */
  async turnOff(): Promise<void> {
    const plan = TENANTS.find(({ key }) => key === SWITCHED);
    const api = await this.api();
    const { items } = await api.get<{ items: { tenant: string; name: string; custodians: { id: string; name: string }[] }[] }>('sovereignty', '/tenants');
    const tenant = items.find(({ name }) => name === plan?.name);
    if (!plan || !tenant) throw new Error('the tenant that switches is not there');
    const people = new Api({ url: this.url, token: await this.issuer.mint({ subject: 'custodian', role: 'key_custodian', tenant: tenant.tenant, lifetime: 3_600 }) });
    people.now = this.now;
    const switches = await api.get<{ items: { switch: string }[] }>('sovereignty', `/switches?tenant=${tenant.tenant}`);
    const id = switches.items[0]?.switch ?? '';
    const asked = await people.post<{ events: { data: { request?: string; statement?: string } }[] }>('sovereignty', `/switches/${id}:requestOff`, this.key(), {});
    const petition = asked.events.find(({ data }) => data.statement !== undefined)?.data;
    for (let index = 0; index < plan.quorum; index += 1) {
      const person = custodian(1, plan.key, index);
      const signer = tenant.custodians.find(({ name }) => name === person.name);
      await people.post('sovereignty', `/switches/${id}:approve`, this.key(), { request: petition?.request, custodian: signer?.id, signature: person.sign(petition?.statement ?? '') });
    }
  }

  /** Every node says that nothing of a tenant that was switched off runs on it, as soon as it is told to stop it. */
  async acknowledgeFences(): Promise<void> {
    const operator = await this.api();
    const { items: [site] } = await operator.get<{ items: { site: string }[] }>('inventory', '/sites');
    const agents = new Api({ url: this.url, token: await this.issuer.mint({ subject: `gateway:${site?.site}`, role: 'node', lifetime: 3_600 }) });
    agents.now = this.now;
    await eventually(async () => {
      const { fences } = await agents.get<{ fences: { fence: string; nodes: string[] }[] }>('scheduling', `/agent/assignments?site=${site?.site}`);
      expect(fences).not.toEqual([]);
      const reports = fences.flatMap(({ fence, nodes }) => nodes.map((node) => ({ kind: 'fence_acknowledged', fence, node, at: this.now })));
      await agents.post('scheduling', '/agent/reports', this.key(), { reports });
    }, 60_000);
  }

  private url = (context: ContextName): string => `http://127.0.0.1:${this.port + CONTEXTS.indexOf(context)}`;
  private key = (): string => `provoked-${process.pid}-${++this.number}`;

  private at(seconds: number): string {
    return new Date(Date.parse(this.now) + seconds * 1_000).toISOString();
  }

  /** At the simulated time that sovereignty has come to. */
  private async api(): Promise<Api> {
    const api = new Api({ url: this.url, token: this.token });
    this.now = [this.now, (await api.get<{ clock: string }>('sovereignty', '/lag')).clock].toSorted().at(-1) ?? '';
    api.now = this.now;
    return api;
  }
}
