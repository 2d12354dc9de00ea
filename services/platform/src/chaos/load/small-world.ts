/** The world of a run: one scalable unit, four tenants; up in a few seconds, through the public APIs. */
import type { Instant } from '@pioche/kernel';
import type { Api } from '../../scenario/api.js';
import type { Cast } from '../../scenario/cast.js';
import { TENANTS } from '../../scenario/tenants.js';
import { setUpWorld, type World } from '../../scenario/world.js';

/** The first is the lab; two of the others are switched by few hands. */
const KEYS = ['lab', 'auto', 'startup', 'université'];
const SCALABLE_UNITS = 1;
const QUOTA = { guaranteedGpus: 32, borrowableGpus: 216 };

export interface SmallWorld extends World {
  /** Of each tenant. */
  readonly quotas: ReadonlyMap<string, string>;
  readonly accounts: ReadonlyMap<string, string>;
  readonly switches: ReadonlyMap<string, string>;
  readonly priceList: string;
  readonly programme: string;
}

type Row = Readonly<Record<string, string>>;

export async function setUpSmallWorld(cast: Cast, seed: number, start: Instant, say: (line: string) => void): Promise<SmallWorld> {
  const tenants = TENANTS.filter(({ key }) => KEYS.includes(key)).map((plan) => ({ ...plan, ...QUOTA }));
  const world = await setUpWorld(cast, seed, start, say, { scalableUnits: SCALABLE_UNITS, tenants });
  const operator = await cast.operator();
  const ofTenants = async (context: 'scheduling' | 'billing' | 'sovereignty', path: string, id: string) =>
    new Map((await items(operator, context, path)).map((row) => [row['tenant'] ?? '', row[id] ?? '']));
  const [quotas, accounts, switches, programmes, { price_list: priceList }] = await Promise.all([
    ofTenants('scheduling', '/quotas', 'quota'),
    ofTenants('billing', '/accounts', 'account'),
    ofTenants('sovereignty', '/switches', 'switch'),
    items(operator, 'lab', '/programmes'),
    operator.get<{ price_list: string }>('billing', '/price-books'),
  ]);
  return { ...world, quotas, accounts, switches, priceList, programme: programmes[0]?.['programme'] ?? '' };
}

const items = async (operator: Api, ...where: readonly ['scheduling' | 'billing' | 'sovereignty' | 'lab', string]): Promise<readonly Row[]> => (await operator.get<{ items: readonly Row[] }>(...where)).items;
