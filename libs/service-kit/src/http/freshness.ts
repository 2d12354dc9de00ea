/** How old an answer is, and waiting until it is new enough. */
import { MalformedPositionError, StillBehind, type Lag, type ReadModels } from '@pioche/projections';
import { ProblemError } from '../problem.js';

/** Lag is looked up once for all the queries of this time. */
const KEPT_MS = 250;

export class Freshness {
  private lags: Promise<readonly Lag[]> | undefined;
  private since = 0;
  private asking = false;
  private waiting = 0;

  /** @param limitMs how long a query waits at most */
  constructor(
    private readonly readModels: Pick<ReadModels, 'waitFor' | 'lag'>,
    private readonly limitMs: number,
    /** Queries that may wait at once. */
    private readonly most: number = Number.POSITIVE_INFINITY,
  ) {}

  /**
   * @param token of `Pioche-After`
   * @param models names of the read models that must be there; all when absent
   * @throws ProblemError `not-caught-up` after the limit; `busy` where too many wait already
   */
  async waitFor(token: string, models: readonly string[] | undefined): Promise<void> {
    if (this.waiting >= this.most) throw new ProblemError('busy', { details: { waiting: this.waiting }, headers: { 'retry-after': '1' } });
    this.waiting += 1;
    try {
      if (models === undefined) await this.readModels.waitFor(token, this.limitMs);
      else await Promise.all(models.map((name) => this.readModels.waitFor(token, this.limitMs, name)));
    } catch (error) {
      if (error instanceof StillBehind) {
        throw new ProblemError('not-caught-up', { details: { asked: error.position, at: error.at }, headers: { 'retry-after': '1' } });
      }
      if (!(error instanceof MalformedPositionError)) throw error;
      throw new ProblemError('validation-failed', { errors: [{ parameter: 'Pioche-After', reason: 'It is not the Pioche-Position of an answer.', allowed: '<context>:<position>, …' }] });
    } finally {
      this.waiting -= 1;
    }
  }

  /** Seconds since the oldest of these read models was last seen to have everything, with milliseconds. */
  async ageOf(models: readonly string[] | undefined): Promise<number> {
    const lags = await this.current();
    const ages = lags.filter(({ readModel }) => models?.includes(readModel) ?? true).map(({ ageMs }) => ageMs);
    return Math.max(0, ...ages) / 1000;
  }

  private current(): Promise<readonly Lag[]> {
    const now = Date.now();
    // One question at a time, however many wait for its answer.
    if (this.lags === undefined || (!this.asking && now - this.since > KEPT_MS)) {
      this.since = now;
      this.asking = true;
      this.lags = this.readModels.lag().finally(() => (this.asking = false));
      this.lags.catch(() => (this.lags = undefined));
    }
    return this.lags;
  }
}
