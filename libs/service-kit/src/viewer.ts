/** For whom a query is answered: its connection tells the database, which shows that one's rows and no others. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { callbackify } from 'node:util';
import { LOOK_AS } from '@pioche/projections';
import pg from 'pg';
import type { Principal } from './auth/principal.js';

interface Viewer {
  readonly platform: 'on' | 'off';
  /** '': none. */
  readonly tenant: string;
}

/** Sees nothing. */
const NOBODY: Viewer = { platform: 'off', tenant: '' };
const PLATFORM: Viewer = { platform: 'on', tenant: '' };

const viewers = new AsyncLocalStorage<Viewer>();

/** Does the work, and whatever it asks a `ViewerPool`, on behalf of this principal; null: of somebody unknown. */
export function onBehalfOf<T>(principal: Pick<Principal, 'tenant'> | null, work: () => T): T {
  const viewer = principal === null ? NOBODY : principal.tenant === undefined ? PLATFORM : { ...NOBODY, tenant: principal.tenant };
  return viewers.run(viewer, work);
}

/** … on behalf of the platform. */
export const asPlatform = <T>(work: () => T): T => viewers.run(PLATFORM, work);

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: (broken?: unknown) => void) => void;

/**
 * Connections for queries. Each is turned to whom it is lent for, in one statement more where the last one was another;
 * outside of `onBehalfOf` to nobody.
 */
export class ViewerPool extends pg.Pool {
  private readonly last = new WeakMap<pg.PoolClient, Viewer>();

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | void {
    // Now: when a connection is free, somebody else may be running.
    const viewer = viewers.getStore() ?? NOBODY;
    const turned = super.connect().then((client) => this.turn(client, viewer));
    if (callback === undefined) return turned;
    callbackify(() => turned)((error, client) => callback(error ?? undefined, client, (broken) => client?.release(Boolean(broken))));
  }

  private async turn(client: pg.PoolClient, viewer: Viewer): Promise<pg.PoolClient> {
    const last = this.last.get(client) ?? NOBODY;
    if (last.platform === viewer.platform && last.tenant === viewer.tenant) return client;
    try {
      await client.query({ name: 'look_as', text: LOOK_AS, values: [viewer.platform, viewer.tenant] });
    } catch (error) {
      // Nobody knows for whom it looks: it is not lent again.
      client.release(true);
      throw error;
    }
    this.last.set(client, viewer);
    return client;
  }
}
