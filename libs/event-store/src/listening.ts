/** A connection that hears a channel of the database, and is made again when it is lost. */
import pg from 'pg';

const AGAIN_MS = 1_000;
/** How often it is asked whether it is still there: a broken network does not tell one that only listens. */
const LOOK_MS = 10_000;

export class Listening {
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param options where the database is, as a pool has it @param heard also called when the connection stands: what was said meanwhile was not heard */
  constructor(
    private readonly options: pg.PoolConfig,
    private readonly channel: string,
    private readonly heard: () => void,
  ) {}

  async start(): Promise<void> {
    const Client = (this.options.Client ?? pg.Client) as typeof pg.Client;
    const client = new Client({ ...this.options, application_name: `pioche ${this.channel}` });
    this.client = client;
    const again = () => {
      if (this.closed || this.client !== client) return;
      this.client = undefined;
      clearInterval(this.timer);
      this.timer = setTimeout(() => void this.start(), AGAIN_MS).unref();
    };
    client.on('error', again).on('end', again).on('notification', this.heard);
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
    } catch {
      void client.end().catch(() => {});
      return again();
    }
    if (this.closed) return client.end();
    this.timer = setInterval(() => void client.query('SELECT 1').catch(again), LOOK_MS).unref();
    this.heard();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => {});
  }
}
