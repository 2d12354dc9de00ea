import { given } from '@pioche/testing';
import { addHall, open } from './site.commands.js';
import { site, type SiteEvent } from './site.js';

const saclay = { name: 'Saclay 1', operator: 'Pioche SAS', country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'] };
const opened: SiteEvent = { type: 'SiteOpened', data: saclay };
const hall: SiteEvent = { type: 'HallAdded', data: { hall: 'hall_01h2xcejqtf2nbrexx3vqjhp42', name: 'H1', power_kw: 2000 } };

describe('a site', () => {
  it('opens', () => given(site).when(open, saclay).then(opened));

  it('wants its country as two letters', () =>
    expect(() => given(site).when(open, { ...saclay, country: 'France' })).toThrow());

  it('takes halls, each with its own name', () => {
    given(site, [opened]).when(addHall, { name: 'H1', power_kw: 2000 }).thenMatching({ type: 'HallAdded', data: { name: 'H1', power_kw: 2000 } });
    given(site, [opened, hall]).when(addHall, { name: 'H1', power_kw: 1 }).refuses('hall-name-taken', { name: 'H1' });
  });

  it('knows its facts and halls', () =>
    expect(given(site, [opened, hall]).state()).toMatchObject({ facts: { country: 'FR' }, halls: [{ name: 'H1', powerKw: 2000 }] }));
});
