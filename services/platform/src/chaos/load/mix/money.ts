/** The people of the accounts: budgets, addresses, prices. */
import { plusSeconds } from '@pioche/kernel';
import { NANO_PER_GPU_SECOND } from '../../../scenario/tenants.js';
import { GPU_MODEL } from '../../../scenario/world.js';
import type { Ask } from '../../history/records.js';
import { between, one, OPERATIONS, type Doer, type Drawing } from '../deed.js';

/** Prices are told so long before. */
const NOTICE_S = 20 * 86_400;

const ofAccount = ({ world, random, key }: Drawing, command: string, body: object): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'billing', route: `/accounts/{id}:${command}`, target: world.accounts.get(one(random, world.tenants).id) ?? '', key: key(), body,
});

const setBudget = (drawing: Drawing): Ask => ofAccount(drawing, 'setBudget', { amount_nano: `${between(drawing.random, 1, 400)}00000000000`, period: 'month' });

const changeDetails = (drawing: Drawing): Ask => ofAccount(drawing, 'changeBillingDetails', { name: `Client ${between(drawing.random, 1, 9)} SAS`, country: 'FR' });

const publishPrices = ({ world, random, time, key }: Drawing): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'billing', route: '/price-books/{id}:publish', target: world.priceList, key: key(),
  body: { effective_from: plusSeconds(time.now, NOTICE_S), gpu_prices: [{ gpu_model: GPU_MODEL, nano_per_gpu_second: String(NANO_PER_GPU_SECOND + between(random, -9, 9) * 10_001) }] },
});

export const MONEY: readonly Doer[] = [
  { weight: 4, do: (drawing) => ({ ask: setBudget(drawing) }) },
  { weight: 3, do: (drawing) => ({ ask: changeDetails(drawing) }) },
  { weight: 1, do: (drawing) => ({ ask: publishPrices(drawing) }) },
];
