import { START } from '../../../scenario/scenario.js';
import { TENANTS } from '../../../scenario/tenants.js';
import { custodian } from '../../../scenario/custodian.js';
import type { SmallWorld } from '../small-world.js';
import { monthsOver, SimulatedTime } from '../time.js';
import { Mix } from './mix.js';

const tenants = TENANTS.slice(0, 4).map((plan) => ({ ...plan, id: `tenant_${plan.key}`, people: [{ ...custodian(1, plan.key, 0), id: 'custodian_1' }] }));
const ofEach = (name: string) => new Map(tenants.map(({ id }) => [id, `${name}_of_${id}`]));
const world: SmallWorld = {
  site: 'site_1', queue: 'queue_1', projects: ['project_1', 'project_2'], programme: 'programme_1', priceList: 'price_book_1', tenants,
  nodes: Array.from({ length: 31 }, (_, n) => ({ id: `node_${n}`, gpus: [] })),
  quotas: ofEach('quota'), accounts: ofEach('account'), switches: ofEach('switch'),
};

/** What is asked, one after the other. */
function drawn(seed: number, n: number) {
  const time = new SimulatedTime(40);
  const mix = new Mix(seed, world, time);
  return Array.from({ length: n }, (_, turn) => {
    time.turn(turn + 1);
    const { deed, manner } = mix.next();
    return { at: time.now, manner, deed: 'ask' in deed ? deed : 'errand' };
  });
}

it('the same seed asks the same, with the same keys, at the same times; another asks something else', () => {
  expect(drawn(7, 500)).toEqual(drawn(7, 500));
  expect(drawn(8, 500)).not.toEqual(drawn(7, 500));
});

it('all contexts are asked, in every manner, and wrongly too', () => {
  const all = drawn(7, 1_000);
  const asks = all.flatMap(({ deed }) => (typeof deed === 'string' ? [] : [deed]));
  expect(new Set(asks.map(({ ask }) => ask.context))).toEqual(new Set(['inventory', 'scheduling', 'billing', 'sovereignty', 'lab']));
  expect(new Set(all.map(({ manner }) => manner))).toEqual(new Set(['once', 'again', 'together', 'insisting']));
  expect(asks.some(({ staleMatch }) => staleMatch)).toBe(true);
  expect(asks.some(({ reusedFor }) => reusedFor !== undefined)).toBe(true);
  expect(all.some(({ deed }) => deed === 'errand')).toBe(true);
  const keys = asks.map(({ ask }) => ask.key);
  expect(new Set(keys).size).toBe(keys.length);
});

it('a minute is two months, and time never goes back', () => {
  const time = new SimulatedTime(40);
  time.turn(40 * 61);
  expect(monthsOver(time.now)).toEqual(['2026-11', '2026-12']);
  const { now } = time;
  time.turn(1);
  time.reach(START);
  expect(time.now).toBe(now);
});
