/** Wakes whoever waits for a read model, also when another process moved it. */
import { Client, type ClientConfig } from 'pg';
import { MOVED_CHANNEL } from './projection-handler.js';

const RECONNECT_MS = 1_000;

export class Bell {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param heard called after each commit that moved a read model; a bell that is lost is made up for by a poll */
  constructor(
    private readonly connection: ClientConfig,
    private readonly heard: () => void,
  ) {}

  async listen(): Promise<void> {
    const client = new Client({ ...this.connection, application_name: 'pioche read models' });
    this.client = client;
    const again = () => {
      if (this.closed || this.client !== client) return;
      this.client = undefined;
      this.timer = setTimeout(() => void this.listen(), RECONNECT_MS).unref();
    };
    client.on('error', again).on('end', again).on('notification', this.heard);
    try {
      await client.connect();
      await client.query(`LISTEN ${MOVED_CHANNEL}`);
    } catch {
      again();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => {});
  }
}
