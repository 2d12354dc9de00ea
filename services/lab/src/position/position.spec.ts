import { given } from '@pioche/testing';
import { join, leave, person } from '../person/person.js';
import { hiringPlan } from './hiring-plan.js';
import { position, type PositionEvent } from './position.js';
import { closePosition, fill, openPosition, vacate } from './position.commands.js';

const PERSON = 'person_01h2xcejqtf2nbrexx3vqjhp41';
const seat = { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', title: 'Research engineer', kind: 'direct', planned_start: '2027-01-04' } as const;
const opened: PositionEvent = { type: 'PositionOpened', data: seat };
const filled: PositionEvent = { type: 'PositionFilled', data: { person: PERSON, starts_on: '2027-01-18' } };
const closed: PositionEvent = { type: 'PositionClosed', data: { reason: 'merged' } };

describe('a position', () => {
  it('is opened, filled, vacated and closed', () => {
    given(position).when(openPosition, seat).then(opened);
    given(position, [opened]).when(fill, filled.data).then(filled);
    given(position, [opened, filled]).when(vacate, { on: '2028-01-01' }).then({ type: 'PositionVacated', data: { person: PERSON, on: '2028-01-01' } });
    given(position, [opened]).when(closePosition, closed.data).then(closed);
  });

  it('has one person at a time, and none once closed', () => {
    given(position, [opened, filled]).when(fill, filled.data).refuses('transition-not-allowed', { allowed: ['vacate'] });
    given(position, [opened, closed]).when(fill, filled.data).refuses('transition-not-allowed', { allowed: [] });
  });
});

describe('a person', () => {
  it('joins once, and leaves', () => {
    const joined = given(person).when(join, { tenant: seat.tenant, directory: 'uid=4711', joined_on: '2027-01-18' }).events();
    given(person, joined).when(leave, { left_on: '2029-06-30' }).thenMatching({ type: 'PersonLeft' });
    given(person).when(leave, { left_on: '2029-06-30' }).refuses('transition-not-allowed', { allowed: ['join'] });
  });
});

describe('the hiring plan', () => {
  const seats = [
    { status: 'open', kind: 'direct', plannedStart: '2027-01-04', startsOn: null },
    { status: 'filled', kind: 'direct', plannedStart: '2027-01-04', startsOn: '2027-01-18' },
    { status: 'closed', kind: 'direct', plannedStart: '2027-01-04', startsOn: null },
    { status: 'open', kind: 'indirect', plannedStart: '2027-01-04', startsOn: null },
  ] as const;

  it('counts seats by where they stand on a day', () => {
    expect(hiringPlan(seats, '2027-01-10')).toEqual({
      direct: { filled: 0, arriving: 1, late: 1, planned: 0 },
      indirect: { filled: 0, arriving: 0, late: 1, planned: 0 },
    });
    expect(hiringPlan(seats, '2027-02-01').direct).toMatchObject({ filled: 1, arriving: 0 });
    expect(hiringPlan(seats, '2026-12-01').direct).toMatchObject({ planned: 1, late: 0 });
  });
});
