import type { ErrorCatalogue } from '@pioche/service-kit';

/** Every refusal of the lab, and what to do next. */
export const errors = {
  'tenant-missing': { status: 422, title: 'Name the tenant that it belongs to: you belong to none.' },
  'milestone-unknown': { status: 404, title: 'Name one of the milestones in details, or plan it first.' },
  'milestone-reached': { status: 409, title: 'Plan a new milestone: this one is reached and stays so.' },
  'reached-in-the-future': { status: 422, title: 'Give the moment the milestone was reached.' },
  'commitment-above-the-rest': { status: 422, title: 'Commit at most the rest in details, release a commitment, or open another budget.' },
  'commitment-unknown': { status: 404, title: 'Name a commitment of this budget that is not released.' },
  'rule-not-understood': { status: 422, title: 'Write the rule as RFC 5545 does, without DTSTART: FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=17.' },
  'not-an-occurrence': { status: 422, title: 'Choose a day of the series; details names the next ones.' },
  'run-linked-elsewhere': { status: 409, title: 'A job is a run of one project: submit another job for the other one.' },
} as const satisfies ErrorCatalogue;
