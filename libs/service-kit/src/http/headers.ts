/** The headers of our own, and the preconditions of RFC 9110 §13. */
import { Instant } from '@pioche/kernel';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problem.js';

export const SIMULATED_TIME = 'pioche-simulated-time';
export const AFTER = 'pioche-after';
export const POSITION = 'pioche-position';
export const AGE = 'pioche-age';
export const REPLAYED = 'idempotency-replayed';

/** A header's one value; absent when it is empty. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === '' ? undefined : first;
}

const wrong = (parameter: string, reason: string, allowed: string): ProblemError =>
  new ProblemError('validation-failed', { errors: [{ parameter, reason, allowed }] });

/** @throws ProblemError when it is missing or too long */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = headerOf(request, 'idempotency-key');
  if (key === undefined || key.length > 255) throw new ProblemError('idempotency-key-missing');
  return key;
}

/**
 * The version that the caller has seen: `"7"`; 0 of `If-None-Match: *`, it must not be there; undefined for
 * `If-Match: *`, any version.
 * @throws ProblemError `if-match-missing` without either
 */
export function expectedVersionOf(request: FastifyRequest): number | undefined {
  const match = headerOf(request, 'if-match');
  if (match === '*') return undefined;
  if (match === undefined) {
    if (headerOf(request, 'if-none-match') === '*') return 0;
    throw new ProblemError('if-match-missing');
  }
  const version = /^"?(\d{1,9})"?$/.exec(match)?.[1];
  if (version === undefined) throw wrong('If-Match', 'It is not a version: the ETag of a command’s answer, or the `version` that a query shows.', '"<version>" or *');
  return Number(version);
}

const isContext = (name: string): name is ContextName => (CONTEXTS as readonly string[]).includes(name);

/** `inventory:12, scheduling:7` → what a query has to wait for. */
export function positionsOf(header: string | undefined): ReadonlyMap<ContextName, number> {
  const positions = new Map<ContextName, number>();
  for (const part of header?.split(',') ?? []) {
    const [, source = '', position] = /^\s*([a-z]+):(\d{1,15})\s*$/.exec(part) ?? [];
    if (!isContext(source)) throw wrong('Pioche-After', 'It is not the Pioche-Position of an answer.', '<context>:<position>, …');
    positions.set(source, Math.max(positions.get(source) ?? 0, Number(position)));
  }
  return positions;
}

/** The time that a simulation carries, if it carries one. */
export function simulatedTimeOf(request: FastifyRequest): Instant | undefined {
  const text = headerOf(request, SIMULATED_TIME);
  if (text === undefined) return undefined;
  const at = Instant.safeParse(text);
  if (!at.success) throw wrong('Pioche-Simulated-Time', 'It is not a moment.', 'RFC 3339, for instance 2026-11-17T10:00:00.000Z');
  return at.data;
}
