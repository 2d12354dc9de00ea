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

/** What can be done to a server that runs here, to see what becomes of those who use it. */
export interface Crashable {
  readonly pid: number | undefined;
  /** `kill -9` of all its processes at once; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on the same data and ports; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGSTOP to all its processes. */
  pause(): void;
  resume(): void;
}

/** One more way to a broker, for clients that come to it through something else. */
export interface KafkaListener {
  /** Capital letters; a name of its own. */
  readonly name: string;
  /** Port on 127.0.0.1 that the broker listens on. */
  readonly port: number;
  /** Port on 127.0.0.1 at which it tells these clients to come. */
  readonly advertised: number;
}
