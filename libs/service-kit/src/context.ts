/** A context's whole composition, as data on one screen. */
import type { ModuleMetadata, Provider, Type } from '@nestjs/common';
import * as contracts from '@pioche/contracts';
import type { ContextName, EventGroup } from '@pioche/contracts';
import type { EventHandler } from '@pioche/event-bus';
import type { EntityClass, Projection, Rights } from '@pioche/projections';
import type { Permissions } from './auth/guard.js';
import type { AggregateDeclaration } from './commands/command-routes.js';
import type { MigrationClass } from './contracting.js';
import type { FigureDeclaration } from './metrics/declaration.js';
import type { ErrorCatalogue } from './problem.js';
import type { Reaction } from './reaction.js';
import type { Timer } from './timer.js';

export interface ContextDeclaration {
  readonly name: ContextName;
  /** Each aggregate and its commands, as a list or as the module that exports them. */
  readonly aggregates: readonly AggregateDeclaration[];
  readonly readModels: readonly Projection[];
  readonly reactions?: readonly Reaction[];
  /** As `timer(…)` makes them, or classes, made by Nest. */
  readonly timers?: readonly (Timer | Type<Timer>)[];
  /** Classes with `@Query` and `@Action` methods. */
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  /** Consumers of events that are neither read models nor reactions; made by Nest, so they can have anything injected. */
  readonly handlers?: readonly Type<EventHandler>[];
  /** What of its state operators see among the metrics. */
  readonly figures?: readonly FigureDeclaration[];
  /** Every refusal code of this context. */
  readonly errors: ErrorCatalogue;
  /** Permissions of this context's own, beside those of the access policies. */
  readonly permissions?: Permissions;
  /** Tables of its own that are no read models, and what creates them. */
  readonly entities?: readonly EntityClass[];
  readonly migrations?: readonly MigrationClass[];
  /** What the database's roles may do with what the migrations make: without it nobody but the owner can use a table. */
  readonly tables?: Rights;
  /** The events it writes; when absent, those that `libs/contracts` has for its name. */
  readonly events?: readonly EventGroup[];
}

const DECLARATION = Symbol('context declaration');

export const isClass = <T>(part: T | Type<T>): part is Type<T> => typeof part === 'function';

/** `@Module(context({ name: 'inventory', … })) export class InventoryModule {}` */
export const context = (declaration: ContextDeclaration): ModuleMetadata => ({
  controllers: [...(declaration.controllers ?? [])],
  providers: [...(declaration.providers ?? []), ...(declaration.handlers ?? []), ...(declaration.timers ?? []).filter(isClass), { provide: DECLARATION, useValue: declaration }],
});

const isDeclared = (provider: Provider): provider is { provide: symbol; useValue: ContextDeclaration } =>
  typeof provider === 'object' && provider.provide === DECLARATION;

/** What a module was made of. @throws Error when it was not made by `context` */
export function declarationOf(module: Type): ContextDeclaration {
  const providers = (Reflect.getMetadata('providers', module) ?? []) as Provider[];
  const found = providers.find(isDeclared)?.useValue;
  if (found === undefined) throw new Error(`${module.name} is not @Module(context({ … }))`);
  return found;
}

const isGroup = (value: unknown): value is EventGroup =>
  typeof value === 'object' && value !== null && 'context' in value && 'events' in value;

/** The events of every context. */
export const allEvents: readonly EventGroup[] = Object.values(contracts as Readonly<Record<string, unknown>>).filter(isGroup);

export const ownEvents = ({ name, events }: ContextDeclaration): readonly EventGroup[] =>
  events ?? allEvents.filter((group) => group.context === name);

/** Every event that consumers of this context may meet. */
export const knownEvents = (declaration: ContextDeclaration): readonly EventGroup[] => [
  ...new Set([
    ...allEvents,
    ...ownEvents(declaration),
    ...declaration.readModels.flatMap(({ groups }) => groups),
    ...(declaration.reactions ?? []).map(({ group }) => group),
  ]),
];
