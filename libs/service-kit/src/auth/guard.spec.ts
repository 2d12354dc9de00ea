import { AccessGuard } from './guard.js';

const guard = new AccessGuard({ 'use-lathes': ['operator', 'tenant_member'] });
const operator = { subject: 'olga', roles: ['operator'] } as const;
const member = { subject: 'ann', roles: ['tenant_member'], tenant: 'tenant_a' } as const;

describe('who may', () => {
  it('is nobody, where no policy says so', () => {
    expect(guard.decide(operator, 'launch-rockets')).toBe('denied');
    expect(guard.decide({ subject: 'x', roles: [] }, 'read-inventory')).toBe('denied');
    expect(guard.decide(member, 'operate-nodes')).toBe('denied');
  });

  it('follows from roles: those of the access policies and what a context adds', () => {
    expect(guard.decide(operator, 'operate-nodes')).toBe('allowed');
    expect(guard.decide(member, 'submit-jobs')).toBe('allowed');
    expect(guard.decide(member, 'use-lathes')).toBe('allowed');
    expect(guard.decide({ subject: 'n', roles: ['node'] }, 'run-agent')).toBe('allowed');
  });

  it('hides what belongs to another tenant from those who may use their own', () => {
    expect(guard.decide(member, 'submit-jobs', 'tenant_a')).toBe('allowed');
    expect(guard.decide(member, 'submit-jobs', 'tenant_b')).toBe('hidden');
    expect(guard.decide(member, 'operate-nodes', 'tenant_b')).toBe('denied');
    expect(guard.decide(operator, 'read-jobs', 'tenant_b')).toBe('allowed');
  });

  it('gives a tenant role nothing without a tenant', () => {
    expect(guard.decide({ subject: 'ann', roles: ['tenant_member'] }, 'submit-jobs')).toBe('denied');
  });

  it('knows every permission, and which are for tenants', () => {
    expect([...guard.permissions]).toEqual(expect.arrayContaining(['operate-inventory', 'submit-jobs', 'run-agent', 'use-lathes', 'approve-switch']));
    expect([guard.isForTenants('submit-jobs'), guard.isForTenants('operate-nodes'), guard.isForTenants('approve-switch')]).toEqual([true, false, true]);
  });

  it('takes any name that a context gives for a name, not for a policy', () => {
    const name = 'x", resource); permit (principal, action, resource';
    expect(new AccessGuard({ [name]: ['operator'] }).decide(member, 'operate-nodes')).toBe('denied');
  });
});
