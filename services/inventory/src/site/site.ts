import { siteEvents, type FactOf, type SiteFacts } from '@pioche/contracts';
import { unreachable, type Decider } from '@pioche/kernel';

export type SiteEvent = FactOf<typeof siteEvents>;

export interface Hall {
  readonly id: string;
  readonly name: string;
  readonly powerKw: number;
}

export type Site =
  | { readonly status: 'unknown' }
  | { readonly status: 'open'; readonly facts: SiteFacts; readonly halls: readonly Hall[] };

export const site: Decider<Site, SiteEvent> = {
  name: 'site',
  initial: { status: 'unknown' },
  evolve(state, event) {
    switch (event.type) {
      case 'SiteOpened': {
        const { country, jurisdiction, certifications } = event.data;
        return { status: 'open', facts: { country, jurisdiction, certifications }, halls: [] };
      }
      case 'HallAdded': {
        const { hall, name, power_kw } = event.data;
        if (state.status === 'unknown') throw new Error('a site is opened before it has halls');
        return { ...state, halls: [...state.halls, { id: hall, name, powerKw: power_kw }] };
      }
      default:
        return unreachable(event);
    }
  },
};
