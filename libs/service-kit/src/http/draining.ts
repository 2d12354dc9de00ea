/**
 * The last moments of a service behind a balancer, which learns late that a replica goes: it says so on `/readyz`, and
 * goes on answering, each time with `Connection: close`, so that nobody has a connection left when the port closes.
 */
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Check } from '../health.js';

export class Draining implements Check {
  readonly name = 'draining';
  private begun = false;

  /** @param ms how long the balancer may need to see it; at 0 nobody is told */
  async pass(ms: number): Promise<void> {
    if (ms === 0) return;
    this.begun = true;
    await setTimeout(ms);
  }

  problem(): Promise<string | undefined> {
    return Promise.resolve(this.begun ? 'this replica is about to stop' : undefined);
  }

  closeConnections(http: FastifyInstance): void {
    http.addHook('onSend', async (_request, reply) => {
      if (this.begun) reply.header('connection', 'close');
    });
  }
}
