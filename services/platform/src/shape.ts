/** What both shapes have in common: where the five contexts answer, and who they trust. */
import type { ContextName } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import type { BuiltInIssuer } from '@pioche/service-kit';

export interface Shape {
  /** Base URL of a context. */
  url(context: ContextName): string;
  readonly issuer: BuiltInIssuer;
  /** Tells every service what time it is in the simulation. */
  tick(now: Instant): Promise<void>;
  /** Ends the services in good order; the servers are not theirs. */
  stop(): Promise<void>;
}
