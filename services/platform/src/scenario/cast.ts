/** Who acts in the scenario: each with an access token of its own. */
import type { TokenRequest } from '@pioche/service-kit';
import type { Shape } from '../shape.js';
import { Api, type ApiOptions } from './api.js';

/** Longer than any run. */
const TOKEN_S = 7 * 86_400;

export class Cast {
  private readonly apis = new Map<string, Promise<Api>>();

  /** @param signal ends whatever they are doing @param patience of each of them */
  constructor(
    private readonly shape: Pick<Shape, 'url' | 'issuer'>,
    private readonly signal: AbortSignal,
    private readonly patience: Pick<ApiOptions, 'patienceMs' | 'attemptMs'> = {},
  ) {}

  operator(): Promise<Api> {
    return this.api({ subject: 'operator', role: 'operator' });
  }

  /** People who approve what the operator has drafted. */
  approvers(): Promise<Api[]> {
    return Promise.all(['security-officer', 'counsel'].map((subject) => this.api({ subject, role: 'operator' })));
  }

  /** Speaks for all nodes of a site. */
  gateway(site: string): Promise<Api> {
    return this.api({ subject: `gateway:${site}`, role: 'node' });
  }

  submitter(tenant: string): Promise<Api> {
    return this.api({ subject: `admin@${tenant}`, role: 'tenant_admin', tenant });
  }

  custodian(tenant: string): Promise<Api> {
    return this.api({ subject: `custodian@${tenant}`, role: 'key_custodian', tenant });
  }

  private api(token: TokenRequest): Promise<Api> {
    const key = token.subject;
    const made = this.apis.get(key) ?? this.shape.issuer.mint({ ...token, lifetime: TOKEN_S }).then((minted) => new Api({ url: (context) => this.shape.url(context), token: minted, signal: this.signal, ...this.patience }));
    this.apis.set(key, made);
    return made;
  }
}
