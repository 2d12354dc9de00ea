import { given } from '@pioche/testing';
import { installRack, rack } from './rack.js';

const request = { site: 'site_01h2xcejqtf2nbrexx3vqjhp41', hall: 'hall_01h2xcejqtf2nbrexx3vqjhp42', name: 'A01', max_kw: 40.8 } as const;

describe('a rack', () => {
  it('has 48 units unless told otherwise', () =>
    given(rack).when(installRack, request).then({ type: 'RackInstalled', data: { ...request, units: 48 } }));
});
