import type { ErrorCatalogue } from '@pioche/service-kit';

/** Every refusal of the inventory beside the common ones: status, and what to do next. */
export const errors = {
  'hall-name-taken': { status: 409, title: 'Choose another name: the site has a hall with this one.' },
  'too-many-scalable-units': { status: 422, title: 'Plan several SuperPODs: two tiers of switches connect no more units than details.most.' },
  'part-already-installed': { status: 409, title: 'Remove the part from where it is (details.at) before it goes elsewhere.' },
  'part-not-installed': { status: 409, title: 'The part is not installed: there is nothing to remove.' },
  'cable-has-two-ends': { status: 422, title: 'Give far_end for a cable, and only for a cable.' },
  'cable-ends-meet': { status: 422, title: 'Give two different ends.' },
  'promised-in-the-past': { status: 422, title: 'Give a delivery date that is still to come, or none.' },
  'bill-of-materials-differs': { status: 422, title: 'Compare what is in the node with its model: each of details.differences must be put right.' },
  'burn-in-not-over': { status: 409, title: 'Wait until details.ends_at, when the burn-in is over.' },
  'deadline-in-the-past': { status: 422, title: 'Give a deadline that is still to come.' },
  'alert-not-open': { status: 409, title: 'Choose one of the open alerts (details.open).' },
  'observed-in-the-future': { status: 422, title: 'Send observations after they were made: check the clock of the node.' },
  'capture-not-readable': { status: 422, title: 'Check that the text is of the format named: nothing in it could be read.' },
} as const satisfies ErrorCatalogue;
