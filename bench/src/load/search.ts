/** The highest rate that holds, found by short trials. */

/** Each trial that holds is followed by one that is so much faster. */
const STEP = 1.4;
/** It is found when the next trial would differ by less. */
const FINE = 0.1;

/**
 * @param holds whether a rate is held; asked of rising rates, then between the last that was and the first that was not
 * @returns the highest that was; 0 when not even `first / 16` was
 */
export async function highestRate(first: number, holds: (rate: number) => Promise<boolean>): Promise<number> {
  let [held, broken] = [0, Infinity];
  for (let rate = first; broken - held > FINE * held && rate > first / 16; ) {
    if (await holds(rate)) held = rate;
    else broken = rate;
    rate = Math.round(broken === Infinity ? held * STEP : held === 0 ? broken / 2 : (held + broken) / 2);
  }
  return held;
}
