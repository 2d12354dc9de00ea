/** What a context's classes can have injected. */
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { AggregateStore, EventStore } from '@pioche/event-store';
import type { Clock } from '@pioche/kernel';
import { ReadModels } from '@pioche/projections';
import pg from 'pg';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { CLOCK } from './clock.js';
import type { ServiceConfig } from './config.js';
import { ViewerPool } from './viewer.js';

/**
 * Injection tokens, beside `CLOCK` and the classes `EventStore`, `AggregateStore`, `ReadModels`, `DataSource`, `pg.Pool`,
 * `ViewerPool`. What a `DataSource` or a `ViewerPool` sees depends on who asks; `pg.Pool` is the platform's, and sees all.
 */
export const CONFIG = Symbol('config');
export const LOGGER = Symbol('logger');

export interface Parts {
  readonly config: ServiceConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly pool: pg.Pool;
  readonly viewerPool: ViewerPool;
  readonly dataSource: DataSource;
  readonly store: EventStore;
  readonly aggregates: AggregateStore;
  readonly readModels: ReadModels;
}

class ServiceParts {}

/** The module of a service: the context's, with these parts in reach of everything in it. */
export function partsModule(module: Type, parts: Parts): DynamicModule {
  const values = new Map<symbol | Type, unknown>([
    [CONFIG, parts.config],
    [LOGGER, parts.logger],
    [CLOCK, parts.clock],
    [pg.Pool, parts.pool],
    [ViewerPool, parts.viewerPool],
    [DataSource, parts.dataSource],
    [EventStore, parts.store],
    [AggregateStore, parts.aggregates],
    [ReadModels, parts.readModels],
  ]);
  const providers: Provider[] = [...values].map(([provide, useValue]) => ({ provide, useValue }));
  return { module: ServiceParts, global: true, imports: [module], providers, exports: [...values.keys()] };
}
