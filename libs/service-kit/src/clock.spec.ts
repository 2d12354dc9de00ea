import { SimulatedClock, systemClock } from '@pioche/kernel';
import type { FastifyRequest } from 'fastify';
import { timeOf, timeOfEvent } from './clock.js';

const at = (time: string): FastifyRequest => ({ headers: { 'pioche-simulated-time': time } }) as Partial<FastifyRequest> as FastifyRequest;
const NOON = '2026-11-17T12:00:00.000Z';

describe('the time of a request', () => {
  it('is carried by it in a simulation, and the clock never goes back', () => {
    const clock = new SimulatedClock();
    expect(timeOf(at('2026-11-17T13:00:00+01:00'), clock)).toBe(NOON);
    expect(timeOf(at('2026-11-17T11:00:00Z'), clock)).toBe('2026-11-17T11:00:00.000Z');
    expect(clock.now()).toBe(NOON);
    expect(timeOfEvent('2026-11-18T00:00:00.000Z', clock)).toBe('2026-11-18T00:00:00.000Z');
    expect(clock.now()).toBe('2026-11-18T00:00:00.000Z');
  });

  it('is the real one otherwise: carried time is refused', () => {
    expect(() => timeOf(at(NOON), systemClock)).toThrow('simulated-time-refused');
    expect(Math.abs(Date.parse(timeOfEvent(NOON, systemClock)) - Date.now())).toBeLessThan(1_000);
  });
});
