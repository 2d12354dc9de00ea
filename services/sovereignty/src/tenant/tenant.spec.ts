import type { FactOf, tenantEvents } from '@pioche/contracts';
import { idOf, plusSeconds } from '@pioche/kernel';
import { given, NOW } from '@pioche/testing';
import { person } from '../../test/custodian.js';
import { approveCustodianChange, changeDataClasses, register, requestCustodianChange } from './tenant.commands.js';
import { tenant } from './tenant.js';

type Events = FactOf<typeof tenantEvents>[];

const id = idOf('tenant').parse('tenant_01h2xcejqtf2nbrexx3vqjhp41');
const [ada, bea, notary, mallory] = [person('ada'), person('bea'), person('notary', 'trustee'), person('mallory', 'operator')];
const custodians = [ada, bea, notary];
const input = { name: 'Hôpital', country: 'FR', data_classes: ['internal', 'health', 'health'], custodians: custodians.map((each) => each.proposed), quorum: 2 };
const registered: Events = [
  {
    type: 'TenantRegistered',
    data: { tenant: id, name: 'Hôpital', country: 'FR', data_classes: ['health', 'internal'], custodians: custodians.map((each) => each.of(id)), quorum: 2 },
  },
];

describe('registering a tenant', () => {
  const fresh = given(tenant, [], { id });

  it('keeps its classes of data, its custodians and their quorum', () => fresh.when(register, input).then(...registered));

  it('is refused with a quorum that cannot be reached', () =>
    fresh.when(register, { ...input, quorum: 4 }).refuses('quorum-out-of-reach', { quorum: 4, custodians: 3 }));

  it('is refused when two custodians share a key', () =>
    fresh
      .when(register, { ...input, custodians: [ada.proposed, { ...ada.proposed, name: 'Ada again' }] })
      .refuses('custodian-key-repeated', { public_key: ada.proposed.public_key }));

  it("is refused without a custodian of the tenant's own", () =>
    fresh.when(register, { ...input, custodians: [notary.proposed, mallory.proposed] }).refuses('custodian-of-tenant-missing'));

  it('is refused with a key under which anyone can sign', () =>
    fresh
      .when(register, { ...input, custodians: [ada.proposed, { name: 'Nobody', public_key: Buffer.alloc(32).toString('base64') }] })
      .refuses('custodian-key-weak'));
});

describe("changing a tenant's classes of data", () => {
  it('is done once', () => {
    given(tenant, registered, { id }).when(changeDataClasses, { data_classes: ['public'] }).then({ type: 'DataClassesChanged', data: { data_classes: ['public'] } });
    given(tenant, registered, { id }).when(changeDataClasses, { data_classes: ['internal', 'health'] }).thenMatching();
  });
});

describe('changing custodians', () => {
  const proposal = { custodians: [bea.proposed, mallory.proposed], quorum: 1 };
  const requested = given(tenant, registered, { id }).when(requestCustodianChange, proposal).events();
  const [request] = requested;
  if (request?.type !== 'CustodianChangeRequested') throw new Error('no request');
  const asked = [...registered, ...requested];
  const adaSigns = ada.signs(id, request.data);
  const beaSigns = bea.signs(id, request.data);

  it('asks for signatures of a statement that names every key and the quorum', () => {
    expect(request.data.statement.split('\n')).toEqual([
      'pioche statement v1',
      'action: change-custodians',
      `tenant: ${id}`,
      `request: ${request.data.request}`,
      expect.stringMatching(/^nonce: nonce_/),
      `expires: ${plusSeconds(NOW, 86_400)}`,
      'quorum: 1',
      ...[bea.of(id), mallory.of(id)].map((each) => `custodian: ${each.id} ${each.side} ${each.public_key}`).sort(),
      '',
    ]);
  });

  it('happens with the last signature of the present quorum', () => {
    given(tenant, asked, { id }).when(approveCustodianChange, adaSigns).then({ type: 'CustodianChangeApproved', data: adaSigns });
    given(tenant, [...asked, { type: 'CustodianChangeApproved', data: adaSigns }], { id })
      .when(approveCustodianChange, beaSigns)
      .then(
        { type: 'CustodianChangeApproved', data: beaSigns },
        { type: 'CustodiansChanged', data: { request: request.data.request, custodians: [bea.of(id), mallory.of(id)], quorum: 1 } },
      );
  });

  it('does not count those who are only proposed', () =>
    given(tenant, asked, { id }).when(approveCustodianChange, mallory.signs(id, request.data)).refuses('custodian-unknown'));

  it('is asked for once at a time, until it expires', () => {
    given(tenant, asked, { id }).when(requestCustodianChange, proposal).refuses('request-already-open', { request: request.data.request });
    given(tenant, asked, { id, now: request.data.expires_at }).when(requestCustodianChange, proposal).thenMatching({ type: 'CustodianChangeRequested' });
    given(tenant, asked, { id, now: request.data.expires_at }).when(approveCustodianChange, adaSigns).refuses('request-expired');
  });

  it('is refused when nobody has asked', () => given(tenant, registered, { id }).when(approveCustodianChange, adaSigns).refuses('request-not-open'));
});
