import { idOf, plusSeconds } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { describeBadInput, startForTest, type Client, type Done, type ServiceUnderTest } from '@pioche/testing/service';
import { person } from '../test/custodian.js';
import { BASE_POLICY } from './policy/base-policy.js';
import { SovereigntyModule } from './sovereignty.module.js';
import { switchOf } from './switch/switch.js';

const RequestId = idOf('request');
const [ada, bea, notary] = [person('ada'), person('bea'), person('notary', 'trustee')];
const customer = { name: 'Autowerke Rhein GmbH', country: 'DE', data_classes: ['internal'], custodians: [ada, bea, notary].map((one) => one.proposed), quorum: 2 };
const text = '@id("in-france")\nforbid (principal, action, resource) unless { resource.country == "FR" };\n';

describe('sovereignty, from command to answer', () => {
  let service: ServiceUnderTest;
  let operator: Client;

  beforeAll(async () => {
    service = await startForTest(SovereigntyModule, { logs: ['inventory', 'scheduling', 'billing', 'lab'] });
    operator = service.as('operator');
  });
  afterAll(async () => service?.stop());

  const register = async (name = customer.name) => (await operator.done('/tenants', { ...customer, name })).id;
  /** What was asked for: the request and the statement to sign. */
  const requestOf = ({ events }: Done) => {
    const data = events.at(-1)?.data;
    return { request: RequestId.parse(data?.['request']), statement: String(data?.['statement']) };
  };

  describe('a tenant', () => {
    it('is registered, and its switch is armed with its custodians', async () => {
      const tenant = await register();
      const shown = await operator.get(`/tenants/${tenant}`);
      expect(shown).toMatchObject({ status: 200, body: { tenant, version: 1, name: customer.name, quorum: 2, change: null } });
      await eventually(async () => {
        const { body } = await operator.get<{ items: object[] }>(`/switches?tenant=${tenant}`);
        expect(body.items).toMatchObject([{ switch: switchOf(tenant), tenant, status: 'on', custodians: [{ name: 'ada' }, { name: 'bea' }, { name: 'notary' }] }]);
      });
    });

    it('hands its keys on by the signatures of the present quorum; the switch follows', async () => {
      const tenant = await register();
      const heir = person('heir');
      const path = `/tenants/${tenant}`;
      const asked = await operator.done(`${path}:requestCustodianChange`, { custodians: [heir.proposed], quorum: 1 }, { match: 1 });
      expect((await operator.get(path)).body).toMatchObject({ version: 2, change: { request: requestOf(asked).request, signers: [] } });
      const custodian = service.as('key_custodian', tenant);
      await custodian.done(`${path}:approveCustodianChange`, ada.signs(tenant, requestOf(asked)));
      await custodian.done(`${path}:approveCustodianChange`, notary.signs(tenant, requestOf(asked)));
      expect((await operator.get(path)).body).toMatchObject({ change: null, quorum: 1, custodians: [{ id: heir.idIn(tenant) }] });
      await eventually(async () => expect((await operator.get(`/switches/${switchOf(tenant)}`)).body).toMatchObject({ custodians: [{ name: 'heir' }] }));
    });

    it('does not exist for another tenant, nor does its switch', async () => {
      const [ours, theirs] = [await register('Ours'), await register('Theirs')];
      const admin = service.as('tenant_admin', ours);
      await eventually(async () => expect((await admin.get(`/switches/${switchOf(ours)}`)).status).toBe(200));
      expect((await admin.get<{ items: object[] }>('/tenants')).body.items).toMatchObject([{ tenant: ours }]);
      expect((await admin.get<{ items: object[] }>('/switches')).body.items).toMatchObject([{ tenant: ours }]);
      expect((await admin.get<{ items: object[] }>(`/switches?tenant=${theirs}`)).body.items).toEqual([]);
      for (const path of [`/tenants/${theirs}`, `/switches/${switchOf(theirs)}`]) {
        expect(await admin.get(path)).toMatchObject({ status: 404, body: { code: 'unknown' } });
        expect(await admin.get(`${path}?as_of=${service.now}`)).toMatchObject({ status: 404 });
      }
      const stranger = service.as('key_custodian', ours);
      expect(await stranger.post(`/switches/${switchOf(theirs)}:requestOff`, {})).toMatchObject({ status: 404, body: { code: 'unknown' } });
    });
  });

  it('lists tenants page by page; no page token shows a tenant more than itself', async () => {
    const ours = await register('First');
    for (const name of ['Second', 'Third']) await register(name);
    const seen: string[] = [];
    const tokens: string[] = [];
    for (let token = ''; ; ) {
      const { body } = await operator.get<{ items: { tenant: string }[]; next_page_token?: string }>(`/tenants?page_size=2${token}`);
      seen.push(...body.items.map(({ tenant }) => tenant));
      if (body.next_page_token === undefined) break;
      tokens.push((token = `&page_token=${body.next_page_token}`));
    }
    expect(seen).toEqual([...new Set(seen)].toSorted());
    expect(seen).toContain(ours);
    for (const token of tokens) {
      const { body } = await service.as('tenant_admin', ours).get<{ items: { tenant: string }[] }>(`/tenants?page_size=2${token}`);
      expect(body.items.filter(({ tenant }) => tenant !== ours)).toEqual([]);
    }
  });

  describe('a policy', () => {
    it('is there from the start: the base policy', async () => {
      expect(await operator.get(`/policies/${BASE_POLICY}`)).toMatchObject({ status: 200, body: { status: 'in_force', policy_version: 1 } });
    });

    it('acts when two others have approved it, and ends what it names', async () => {
      const former = await operator.done('/policies', { title: 'Former', text });
      const { id } = await operator.done('/policies', { title: 'In France', text, supersedes: [former.id] });
      const shown = await operator.get<{ waiting: { digest: string } }>(`/policies/${id}`);
      const { digest } = shown.body.waiting;
      expect(await operator.post(`/policies/${id}:approve`, { digest })).toMatchObject({ status: 422, body: { code: 'author-cannot-approve' } });
      await service.as({ subject: 'bea', role: 'operator' }).done(`/policies/${id}:approve`, { digest }, { match: 1 });
      const before = service.now;
      service.advance(plusSeconds(before, 60));
      await service.as({ subject: 'cleo', role: 'operator' }).done(`/policies/${id}:approve`, { digest }, { match: 2 });
      expect((await operator.get(`/policies/${id}`)).body).toMatchObject({ status: 'in_force', policy_version: 1, text, waiting: null });
      expect((await operator.get(`/policies/${id}?as_of=${before}`)).body).toMatchObject({ status: 'drafted', waiting: { approvers: ['bea'] } });
      await eventually(async () => expect((await operator.get(`/policies/${former.id}`)).body).toMatchObject({ status: 'superseded', superseded_by: id }));
    });

    it('of the whole platform is not a tenant’s to write', async () => {
      const admin = service.as('tenant_admin', await register());
      expect(await admin.post('/policies', { title: 'Mine', text })).toMatchObject({ status: 403 });
    });
  });

  describe('the switch', () => {
    it('goes off by a quorum of signatures, and the time until the last node has acknowledged is measured', async () => {
      const tenant = await register();
      const id = switchOf(tenant);
      const custodian = service.as('key_custodian', tenant);
      await eventually(async () => expect((await custodian.get(`/switches/${id}`)).status).toBe(200));
      const off = requestOf(await custodian.done(`/switches/${id}:requestOff`, {}, { match: 1 }));
      await custodian.done(`/switches/${id}:approve`, ada.signs(tenant, off));
      expect((await custodian.get(`/switches/${id}`)).body).toMatchObject({ status: 'off_requested', request: { ...off, signers: [ada.idIn(tenant)] } });
      expect(await custodian.post(`/switches/${id}:approve`, { ...bea.signs(tenant, off), signature: ada.signs(tenant, off).signature })).toMatchObject({ status: 422, body: { code: 'signature-does-not-verify' } });
      const done = await custodian.done(`/switches/${id}:approve`, notary.signs(tenant, off));
      expect(done.events.map(({ type }) => type)).toEqual(['SwitchApproved', 'TenantSwitchedOff']);

      const fence = { switch: id, request: off.request, tenant, nodes: 12 };
      const last = new Date(Date.parse(service.now) + 1_840).toISOString();
      await service.happened('scheduling', 'fence_01h2xcejqtf2nbrexx3vqjhp41', [{ type: 'FenceCompleted', data: fence }], { time: last, tenant });
      await eventually(async () => {
        const { body } = await custodian.get(`/switches/${id}`);
        expect(body).toMatchObject({ status: 'off', request: null, off_at: service.now, last_completed_off: { request: off.request, nodes: 12, elapsed_ms: 1_840 } });
      });

      const on = requestOf(await custodian.done(`/switches/${id}:requestOn`));
      await custodian.done(`/switches/${id}:approve`, bea.signs(tenant, on));
      await custodian.done(`/switches/${id}:approve`, notary.signs(tenant, on));
      expect((await custodian.get(`/switches/${id}`)).body).toMatchObject({ status: 'on', off_at: null, last_completed_off: { elapsed_ms: 1_840 } });
    });
  });

  const armed = async (tenant: string) => {
    await service.settled();
    return switchOf(tenant);
  };
  const drafted = async () => {
    const { id, events } = await service.as({ subject: 'author', role: 'operator' }).done('/policies', { title: 'In France', text });
    return { id, digest: events[0]?.data['digest'] };
  };

  describeBadInput(() => service, {
    '/tenants': { body: customer },
    '/tenants/{id}:changeDataClasses': async () => ({ params: { id: await register() }, body: { data_classes: ['health'] } }),
    '/tenants/{id}:requestCustodianChange': async () => ({ params: { id: await register() }, body: { custodians: [ada.proposed], quorum: 1, valid_for_s: 600 } }),
    '/tenants/{id}:approveCustodianChange': async () => {
      const id = await register();
      const asked = requestOf(await operator.done(`/tenants/${id}:requestCustodianChange`, { custodians: [ada.proposed], quorum: 1 }));
      return { params: { id }, body: ada.signs(id, asked), other: bea.signs(id, asked), as: service.as('key_custodian', id) };
    },
    '/policies': { body: { title: 'In France', text, supersedes: [], quorum: 2 } },
    '/policies/{id}:revise': async () => ({ params: { id: (await drafted()).id }, body: { title: 'Still in France', text, supersedes: [] } }),
    '/policies/{id}:approve': async () => {
      const { id, digest } = await drafted();
      return { params: { id }, body: { digest } };
    },
    '/switches/{id}:requestOff': async () => ({ params: { id: await armed(await register()) }, body: { valid_for_s: 600 } }),
    '/switches/{id}:requestOn': async () => {
      const tenant = await register();
      const id = await armed(tenant);
      const off = requestOf(await operator.done(`/switches/${id}:requestOff`));
      for (const who of [ada, bea]) await service.as('key_custodian', tenant).done(`/switches/${id}:approve`, who.signs(tenant, off));
      return { params: { id }, body: { valid_for_s: 600 } };
    },
    '/switches/{id}:approve': async () => {
      const tenant = await register();
      const id = await armed(tenant);
      const off = requestOf(await operator.done(`/switches/${id}:requestOff`));
      return { params: { id }, body: ada.signs(tenant, off), other: bea.signs(tenant, off), as: service.as('key_custodian', tenant) };
    },
    '/audit/checkpoints:sign': { body: {} },
  });
});
