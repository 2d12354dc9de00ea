/** Five minutes of chaos; longer ones by `npm run chaos -- --minutes`. */
import { describeWithKafka } from '@pioche/testing';
import { runsChaos } from './chaos.js';

describeWithKafka('five minutes of chaos', () => {
  it('every check holds', () => runsChaos({ seed: 5, minutes: 5 }), 1_200_000);
});
