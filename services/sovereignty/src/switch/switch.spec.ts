import type { SwitchEvent } from '@pioche/contracts';
import { derivedId, idOf, plusSeconds } from '@pioche/kernel';
import { given, NOW } from '@pioche/testing';
import { person } from '../../test/custodian.js';
import { approve, arm, completeOff, requestOff, requestOn } from './switch.commands.js';
import { switchOf, tenantSwitch } from './switch.js';

const tenant = idOf('tenant').parse('tenant_01h2xcejqtf2nbrexx3vqjhp41');
const [ada, bea, notary, operator, mallory] = [person('ada'), person('bea'), person('notary', 'trustee'), person('operator', 'operator'), person('mallory')];
const custody = { tenant, quorum: 2, custodians: [ada, bea, notary, operator].map((each) => each.of(tenant)) };
const armed: SwitchEvent[] = [{ type: 'SwitchArmed', data: custody }];

const on = (history: readonly SwitchEvent[], circumstances = {}) => given(tenantSwitch, history, { id: switchOf(tenant), ...circumstances });
const requestIn = (events: readonly SwitchEvent[]) => {
  const event = events.findLast((each) => each.type === 'SwitchOffRequested' || each.type === 'SwitchOnRequested');
  if (!event) throw new Error('no request');
  return event.data;
};

const asked = [...armed, ...on(armed).when(requestOff, {}).events()];
const off = requestIn(asked);
const signedBy = (who: typeof ada, what = off): SwitchEvent => ({ type: 'SwitchApproved', data: who.signs(tenant, what) });
const switchedOff: SwitchEvent[] = [
  ...asked,
  signedBy(ada),
  signedBy(notary),
  { type: 'TenantSwitchedOff', data: { request: off.request, tenant, at: NOW } },
];

describe('asking for the switch', () => {
  it('gives a statement to sign, in full', () =>
    expect(off.statement).toBe(
      `pioche statement v1\naction: switch-off\ntenant: ${tenant}\nrequest: ${off.request}\n` +
        `nonce: ${derivedId('nonce', 'given', '2')}\nexpires: ${plusSeconds(NOW, 86_400)}\n`,
    ));

  it('is done once at a time, and again when the request has expired', () => {
    on(asked).when(requestOff, {}).refuses('request-already-open', { statement: off.statement });
    on(asked, { now: off.expires_at })
      .when(requestOff, {})
      .thenMatching({ type: 'SwitchRequestLapsed', data: { request: off.request, reason: 'expired' } }, { type: 'SwitchOffRequested' });
  });

  it('follows what is: on is not asked for while it is on', () => {
    on(armed).when(requestOn, {}).refuses('transition-not-allowed', { allowed: ['arm', 'requestOff'] });
    on(switchedOff).when(requestOff, {}).refuses('transition-not-allowed', { status: 'off' });
  });
});

describe('signing', () => {
  it('switches off with the last signature of the quorum', () => {
    on(asked).when(approve, ada.signs(tenant, off)).then(signedBy(ada));
    on([...asked, signedBy(ada)])
      .when(approve, notary.signs(tenant, off))
      .then(signedBy(notary), { type: 'TenantSwitchedOff', data: { request: off.request, tenant, at: NOW } });
  });

  it("waits for one of the tenant's own, however many others have signed", () => {
    const others = [...asked, signedBy(notary)];
    on(others).when(approve, operator.signs(tenant, off)).then(signedBy(operator));
    on([...others, signedBy(operator)])
      .when(approve, bea.signs(tenant, off))
      .thenMatching({ type: 'SwitchApproved' }, { type: 'TenantSwitchedOff' });
  });

  it('counts nobody twice', () => on([...asked, signedBy(ada)]).when(approve, ada.signs(tenant, off)).refuses('already-signed'));

  it('is refused to those who hold no key of this tenant', () => on(asked).when(approve, mallory.signs(tenant, off)).refuses('custodian-unknown'));

  it("is refused with another's signature, or one of another text", () => {
    on(asked).when(approve, { ...bea.signs(tenant, off), custodian: ada.idIn(tenant) }).refuses('signature-does-not-verify', { statement: off.statement });
    on(asked).when(approve, ada.signs(tenant, { ...off, statement: off.statement.trimEnd() })).refuses('signature-does-not-verify');
  });

  it('is refused once the request has expired', () => on(asked, { now: off.expires_at }).when(approve, ada.signs(tenant, off)).refuses('request-expired'));

  it('is refused when nothing is asked', () => on(armed).when(approve, ada.signs(tenant, off)).refuses('transition-not-allowed', { status: 'on' }));
});

describe('switching on again', () => {
  const asked = [...switchedOff, ...on(switchedOff).when(requestOn, {}).events()];
  const back = { ...requestIn(asked), request: idOf('request').parse(derivedId('request', 'on again')) };
  const history = asked.map((event): SwitchEvent => (event.type === 'SwitchOnRequested' ? { type: 'SwitchOnRequested', data: back } : event));

  it('needs a quorum too', () => {
    on(history).when(approve, ada.signs(tenant, back)).then(signedBy(ada, back));
    on([...history, signedBy(ada, back)])
      .when(approve, bea.signs(tenant, back))
      .then(signedBy(bea, back), { type: 'TenantSwitchedOn', data: { request: back.request, tenant, at: NOW } });
  });

  it('does not take a signature of the former request', () => {
    const old = ada.signs(tenant, off);
    on(history).when(approve, old).refuses('request-not-open', { open: back.request });
    on(history).when(approve, { ...old, request: back.request }).refuses('signature-does-not-verify');
  });
});

describe('completion', () => {
  const told = { request: off.request, nodes: 3, last_acknowledged_at: plusSeconds(NOW, 1.84) };
  const completed: SwitchEvent = { type: 'SwitchOffCompleted', data: { request: off.request, tenant, nodes: 3, elapsed_ms: 1840 } };

  it('measures from the last signature to the last acknowledgement, once', () => {
    on(switchedOff).when(completeOff, told).then(completed);
    on([...switchedOff, completed]).when(completeOff, told).thenMatching();
  });

  it('is never a negative time', () =>
    on(switchedOff).when(completeOff, { ...told, last_acknowledged_at: plusSeconds(NOW, -1) }).thenMatching({ type: 'SwitchOffCompleted', data: { elapsed_ms: 0 } }));

  it('still counts while on is asked for, and no more once it is on', () => {
    const askedOn = [...switchedOff, ...on(switchedOff).when(requestOn, {}).events()];
    on(askedOn).when(completeOff, told).then(completed);
    on([...askedOn, { type: 'TenantSwitchedOn', data: { request: off.request, tenant, at: NOW } }]).when(completeOff, told).thenMatching();
  });
});

describe('arming', () => {
  const next = { ...custody, custodians: [bea.of(tenant), notary.of(tenant)] };

  it('begins a switch that is on, and does nothing when nothing is new', () => {
    on([]).when(arm, custody).then({ type: 'SwitchArmed', data: custody });
    on(armed).when(arm, custody).thenMatching();
  });

  it('ends a request that others have signed, and leaves the switch where it is', () => {
    const events = on([...asked, signedBy(ada)]).when(arm, next).events();
    expect(events).toEqual([
      { type: 'SwitchRequestLapsed', data: { request: off.request, tenant, reason: 'custodians_changed' } },
      { type: 'SwitchArmed', data: next },
    ]);
    on([...asked, ...events]).when(approve, bea.signs(tenant, off)).refuses('transition-not-allowed', { status: 'on' });
    expect(on([...switchedOff, { type: 'SwitchArmed', data: next }]).state()).toMatchObject({ status: 'off', custodians: next.custodians });
  });
});
