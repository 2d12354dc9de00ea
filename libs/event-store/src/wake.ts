/** Wakes readers when something was appended: NOTIFY is the bell, a slow poll the net under it. */
import pg from 'pg';
import { APPENDED_CHANNEL } from './schema.js';

const POLL_MS = 1_000;

export class Wake {
  private readonly listeners = new Set<() => void>();
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param pollMs milliseconds between two looks that nobody has called for */
  constructor(
    private readonly connection: pg.ClientConfig,
    private readonly pollMs = POLL_MS,
  ) {}

  /** @returns a function that ends it */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    if (!this.timer) this.start();
    return () => void this.listeners.delete(listener);
  }

  ring(): void {
    for (const listener of this.listeners) listener();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.client?.end().catch(() => {});
  }

  private start(): void {
    void this.connect();
    this.timer = setInterval(() => {
      this.ring();
      if (!this.client) void this.connect();
    }, this.pollMs);
    this.timer.unref();
  }

  /** A lost bell is no loss: the poll goes on, and connects again. */
  private async connect(): Promise<void> {
    const client = new pg.Client({ ...this.connection, application_name: 'pioche wake' });
    this.client = client;
    const drop = () => {
      if (this.client === client) this.client = undefined;
    };
    client.on('error', drop);
    client.on('end', drop);
    client.on('notification', () => this.ring());
    try {
      await client.connect();
      await client.query(`LISTEN ${APPENDED_CHANNEL}`);
      if (this.closed) await client.end();
    } catch {
      drop();
    }
  }
}
