/** Where a server came from: named in the environment, a container, or run here as a child process. */
export type Origin = 'environment' | 'docker' | 'embedded';

export interface LocalServerOptions {
  /** Each server keeps its own folder in this one (`postgres/`, `kafka/`). Created when missing. */
  readonly dataDir: string;
  /** Gets one line for people per thing that happened. */
  readonly log: (line: string) => void;
  /** TCP port on 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** `false`: `stop()` also deletes the data. Default `true`. */
  readonly keep?: boolean;
}

export interface LocalServer {
  readonly origin: Origin;
  /** Ends the server and resolves when it has ended. A server of the environment is left alone. */
  stop(): Promise<void>;
}

export interface PostgresServer extends LocalServer {
  /** Connection URL of an administrator, to the database `postgres`. */
  readonly url: string;
}

export interface KafkaServer extends LocalServer {
  /** `host:port` of each bootstrap broker. */
  readonly brokers: string[];
}
