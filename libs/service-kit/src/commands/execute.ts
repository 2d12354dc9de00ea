/** A client's command, from whichever route it came. */
import { hash } from 'node:crypto';
import type { AggregateStore, Executed } from '@pioche/event-store';
import { derivedId, refuse, type AnyCommand, type Clock, type Id } from '@pioche/kernel';
import type { Principal } from '../auth/principal.js';
import type { ProblemMaker } from '../problem.js';

export interface CommandServices {
  readonly context: string;
  readonly aggregates: AggregateStore;
  readonly clock: Clock;
  readonly problems: ProblemMaker;
}

export interface CommandRequest {
  readonly principal: Principal;
  /** The Idempotency-Key. */
  readonly key: string;
  readonly input: unknown;
  readonly path: string;
  /** The stream; absent for a new one. */
  readonly target: string | undefined;
  readonly expected?: number | undefined;
  readonly validateOnly?: boolean;
  readonly now: string;
  readonly traceparent: string | undefined;
}

/** The id of a client's command follows from who asks, the key, the route, and what it is done to. */
export const clientCommandId = ({ principal, key, path, target }: Pick<CommandRequest, 'key' | 'path' | 'target'> & { readonly principal: Pick<Principal, 'subject' | 'tenant'> }): Id<'cmd'> =>
  derivedId('cmd', principal.subject, principal.tenant ?? '', key, path, target ?? '');

/** Executes a client's command. */
export function executeFor({ aggregates }: CommandServices, command: AnyCommand, request: CommandRequest): Promise<Executed> {
  const { principal, input, target } = request;
  const commandId = clientCommandId(request);
  if (target === undefined) refuseForeignTenant(principal, input);
  return aggregates.execute(command, target ?? newStream(command, input, commandId), input, {
    commandId,
    actor: principal.subject,
    tenant: principal.tenant,
    now: request.now,
    traceparent: request.traceparent,
    expected: request.expected,
    requestHash: hash('sha256', JSON.stringify(input) ?? '', 'base64url'),
    validateOnly: request.validateOnly,
  });
}

/** What a tenant makes for another tenant would be made in a place that does not exist for it. */
function refuseForeignTenant({ tenant }: Principal, input: unknown): void {
  if (tenant === undefined || typeof input !== 'object' || input === null || !('tenant' in input)) return;
  if (input.tenant !== undefined && input.tenant !== tenant) refuse('unknown', { tenant: input.tenant });
}

/** The new stream's id: what the command says, the input's `id`, or one that a repeat of the request makes again. */
function newStream(command: AnyCommand, input: unknown, commandId: string): string {
  if (command.identify !== undefined) return command.identify(input);
  if (typeof input === 'object' && input !== null && 'id' in input && typeof input.id === 'string') return input.id;
  return derivedId(command.aggregate.name.replaceAll('-', '_'), commandId);
}
