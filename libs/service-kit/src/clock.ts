/** The one clock of a service, and the simulated time that requests carry. */
import { SimulatedClock, systemClock, type Clock, type Instant } from '@pioche/kernel';
import type { FastifyRequest } from 'fastify';
import { simulatedTimeOf } from './http/headers.js';
import { ProblemError } from './problem.js';

/** Injection token of the service's `Clock`. */
export const CLOCK = Symbol('clock');

export type ClockKind = 'system' | 'simulated';

export const clockOf = (kind: ClockKind): Clock => (kind === 'simulated' ? new SimulatedClock() : systemClock);

/** The time of a request: carried by it in a simulation, which also moves the clock, else the clock's. */
export function timeOf(request: FastifyRequest, clock: Clock): Instant {
  const carried = simulatedTimeOf(request);
  if (carried === undefined) return clock.now();
  if (!(clock instanceof SimulatedClock)) throw new ProblemError('simulated-time-refused');
  clock.advance(carried);
  return carried;
}

/** The time at which an event is reacted to: now; in a simulation not before it happened. A process never goes back. */
export function timeOfEvent(at: Instant, clock: Clock): Instant {
  if (clock instanceof SimulatedClock) clock.advance(at);
  return clock.now();
}
