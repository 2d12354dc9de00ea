/** One minute of load while everything fails that can: nothing is lost, doubled or half done. */
import { describeWithKafka } from '@pioche/testing';
import { runsChaos } from './chaos.js';

describeWithKafka('a minute of chaos', () => {
  it('every check holds', () => runsChaos({ seed: 1, minutes: 1 }), 300_000);
});
