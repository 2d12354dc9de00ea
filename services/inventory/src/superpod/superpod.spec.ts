import { given } from '@pioche/testing';
import { plan } from './superpod.commands.js';
import { superpod } from './superpod.js';

const manifest = {
  name: 'p1', site: 'site_01h2xcejqtf2nbrexx3vqjhp41', hall: 'hall_01h2xcejqtf2nbrexx3vqjhp42', scalable_units: 4,
  country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'],
} as const;
const request = { ...manifest, certifications: [...manifest.certifications] };

describe('a SuperPOD', () => {
  it('is planned from a manifest, with 72 hours of burn-in', () =>
    given(superpod).when(plan, request).then({ type: 'SuperpodPlanned', data: { ...request, model: 'DGX H100', burn_in_hours: 72 } }));

  it('has its burn-in waived only when that is said', () =>
    given(superpod).when(plan, { ...request, burn_in_hours: 0 }).thenMatching({ type: 'SuperpodPlanned', data: { burn_in_hours: 0 } }));

  it('has no more units than two tiers of switches connect', () =>
    given(superpod).when(plan, { ...request, scalable_units: 9 }).refuses('too-many-scalable-units', { most: 8 }));
});
