import { budgetEvents, eventSeriesEvents, personEvents, positionEvents, programmeEvents, projectEvents, runEvents } from './index.js';

const groups = [budgetEvents, eventSeriesEvents, personEvents, positionEvents, programmeEvents, projectEvents, runEvents];
const declarations = groups.flatMap(({ events }) => Object.entries(events));

describe('the lab’s events', () => {
  it.each(declarations)('%s: its example is of its schema', (_name, { data, example }) => expect(data.parse(example)).toEqual(example));
});
