import { Admission } from './admission.js';

const refusal = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
};
const BUSY = { code: 'busy', extras: { headers: { 'retry-after': '1' } } };

describe('places', () => {
  it('are as many as there are, and come back', () => {
    const admission = new Admission({ places: 2 });
    const [one, two] = [admission.enter(0), admission.enter(10)];
    expect(refusal(() => admission.enter(0))).toMatchObject(BUSY);
    one.release();
    const three = admission.enter(0);
    expect(refusal(() => admission.enter(0))).toMatchObject(BUSY);
    two.release();
    three.release();
    expect(admission.inFlight).toBe(0);
  });

  it('are taken by large bodies several at once, and one that is larger than all gets in alone', () => {
    const admission = new Admission({ places: 10 });
    const large = admission.enter(64 * 1024 * 3);
    expect(admission.inFlight).toBe(3);
    expect(refusal(() => admission.enter(4 * 1024 * 1024))).toMatchObject(BUSY);
    large.release();
    expect(admission.enter(4 * 1024 * 1024).weight).toBe(10);
  });

  it('are kept until both the answer is out and the work has ended', () => {
    const admission = new Admission({ places: 1 });
    const place = admission.enter(0);
    place.hold();
    place.release();
    expect(refusal(() => admission.enter(0))).toMatchObject(BUSY);
    place.release();
    expect(admission.enter(0).weight).toBe(1);
  });

  it('are for one tenant half of them at most: another still gets in', () => {
    const admission = new Admission({ places: 4 });
    const enterAs = (tenant: string) => {
      const place = admission.enter(0);
      try {
        admission.enterAs(tenant, place);
      } catch (error) {
        place.release();
        throw error;
      }
      return place;
    };
    const mine = [enterAs('a'), enterAs('a')];
    expect(refusal(() => enterAs('a'))).toMatchObject(BUSY);
    const theirs = enterAs('b');
    mine[0]?.release();
    enterAs('a');
    theirs.release();
    expect(admission.inFlight).toBe(2);
  });
});
