/**
 * Who may come in: a service works on so many requests at once, and says "come back" to the others at once, before it has
 * read what they bring. What waits inside (for a turn on a stream, a commit, a connection, a read model) is a request
 * that has a place here, so the places bound every such queue.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem.js';
import type { Route } from './route.js';

export interface AdmissionOptions {
  /** Places in all. */
  readonly places: number;
}

/** A place holds so many bytes of body; a larger one takes several, so that memory is bounded too. */
const BYTES = 64 * 1024;
/** What one tenant can have of all places: the others keep the rest. */
const TENANT_SHARE = 0.5;
const RETRY_S = 1;

declare module 'fastify' {
  interface FastifyRequest {
    admission: Admitted | null;
  }
}

const busy = (details: Readonly<Record<string, unknown>>): ProblemError =>
  new ProblemError('busy', { details, headers: { 'retry-after': String(RETRY_S) } });

export class Admission {
  private taken = 0;
  private readonly byTenant = new Map<string, number>();

  constructor(private readonly options: AdmissionOptions) {}

  /** Places that are taken now. */
  get inFlight(): number {
    return this.taken;
  }

  /** @param bytes of the body, as announced @throws ProblemError `busy` */
  enter(bytes: number): Admitted {
    const weight = Math.min(this.options.places, Math.max(1, Math.ceil(bytes / BYTES)));
    if (this.taken + weight > this.options.places) throw busy({ places: this.options.places });
    this.taken += weight;
    return new Admitted(weight, (tenant) => {
      this.taken -= weight;
      if (tenant !== undefined) this.give(tenant, -weight);
    });
  }

  /** It is known now for which tenant it is. @throws ProblemError `busy` */
  enterAs(tenant: string, admitted: Admitted): void {
    const most = Math.max(1, Math.floor(this.options.places * TENANT_SHARE));
    const has = this.byTenant.get(tenant) ?? 0;
    if (has > 0 && has + admitted.weight > most) throw busy({ places_of_a_tenant: most });
    admitted.tenant = tenant;
    this.give(tenant, admitted.weight);
  }

  private give(tenant: string, weight: number): void {
    const has = (this.byTenant.get(tenant) ?? 0) + weight;
    if (has > 0) this.byTenant.set(tenant, has);
    else this.byTenant.delete(tenant);
  }
}

/** A place, kept until the answer is out and the work has ended: a caller who goes away does not end the work. */
export class Admitted {
  tenant: string | undefined;
  private holders = 1;

  constructor(
    readonly weight: number,
    private readonly leave: (tenant: string | undefined) => void,
  ) {}

  hold(): void {
    this.holders += 1;
  }

  release(): void {
    this.holders -= 1;
    if (this.holders === 0) this.leave(this.tenant);
  }
}

/** A body without a length can be as long as any. */
const bytesOf = ({ headers }: FastifyRequest, limit: number): number =>
  headers['transfer-encoding'] === undefined ? Math.min(limit, Number(headers['content-length'] ?? 0) || 0) : limit;

/** To be registered before anything that waits. Public routes, health among them, answer always. @param bodyLimit bytes */
export function admitRequests(http: FastifyInstance, admission: Admission, bodyLimit: number): void {
  http.decorateRequest('admission', null);
  http.addHook('onRequest', (request, reply, done) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || 'public' in access) return done();
    const admitted = admission.enter(bytesOf(request, bodyLimit));
    request.admission = admitted;
    reply.raw.once('close', () => admitted.release());
    return done();
  });
}

/** To be registered after the caller is known. */
export function shareAmongTenants(http: FastifyInstance, admission: Admission): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const tenant = request.principal?.tenant;
    if (request.admission !== null && tenant !== undefined) admission.enterAs(tenant, request.admission);
    return done();
  });
}

/** The route's work, which keeps its place until it has ended. */
export const keepingPlace = ({ handle }: Route): Route['handle'] =>
  async (request, reply) => {
    request.admission?.hold();
    try {
      return await handle(request, reply);
    } finally {
      request.admission?.release();
    }
  };
