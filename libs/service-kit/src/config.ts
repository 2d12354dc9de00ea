/** Configuration comes from the environment, and is checked whole before anything starts. */
import type { KafkaSecurity } from '@pioche/event-bus';
import { z } from 'zod';
import type { OidcIssuer } from './auth/issuer-keys.js';
import { LOG_LEVELS } from './logging.js';
import { fromFiles, type Variables } from './secret-files.js';

/** How access tokens are checked: by an identity provider's keys, or by a key of our own. */
export type Identity =
  | ({ readonly kind: 'oidc' } & OidcIssuer)
  | { readonly kind: 'key-file'; readonly file: string }
  | { readonly kind: 'secret'; readonly secret: string };

const present = <S extends z.ZodType>(schema: S) => z.preprocess((value) => (value === '' ? undefined : value), schema);
const url = (...schemes: readonly string[]) => {
  const wanted = `a URL of ${schemes.join(' or ')}`;
  return z.string(wanted).refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), { error: wanted, abort: true });
};
const integer = (least: number, most: number) =>
  z.string().refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, `a whole number from ${least} to ${most}`).transform(Number);
const brokers = z
  .string()
  .refine((text) => text.split(',').every((one) => /^[^\s:,]+:\d+$/.test(one)), 'host:port, several with commas between')
  .transform((text) => text.split(','));

/** What several programs read from the environment, each as it has to be. */
export const VARIABLES = {
  postgresUrl: url('postgres', 'postgresql'),
  brokers,
  topicPrefix: present(z.string().regex(/^[a-zA-Z0-9._-]*$/, 'letters, digits, dot, dash, underscore').default('')),
  issuerSecret: z.string('at least 32 characters').min(32, 'at least 32 characters'),
} as const;

/** How a service, and whoever prepares its database, logs in there. */
const Logins = {
  DATABASE_URL: VARIABLES.postgresUrl,
  DATABASE_OWNER_URL: present(VARIABLES.postgresUrl.optional()),
  DATABASE_READER_URL: present(VARIABLES.postgresUrl.optional()),
};

/** What a process takes on, where nothing else is said. */
export const LIMITS = { maxInFlight: 1_000, databaseLimitMs: 10_000 } as const;

const Environment = z
  .object({
    PORT: present(integer(0, 65_535).default(3000)),
    HOST: present(z.string().default('0.0.0.0')),
    ...Logins,
    DATABASE_POOL: present(integer(2, 200).default(20)),
    BROKER: present(z.enum(['kafka', 'log'], 'kafka or log').default('kafka')),
    KAFKA_BROKERS: present(brokers.optional()),
    KAFKA_TLS_CA: present(z.string().regex(/-----BEGIN CERTIFICATE-----/, 'certificates in PEM').optional()),
    KAFKA_USERNAME: present(z.string().optional()),
    KAFKA_PASSWORD: present(z.string().optional()),
    TOPIC_PREFIX: VARIABLES.topicPrefix,
    CLOCK: present(z.enum(['system', 'simulated'], 'system or simulated').default('system')),
    OIDC_ISSUER: present(url('https', 'http').optional()),
    OIDC_JWKS_URL: present(url('https', 'http').optional()),
    OIDC_AUDIENCE: present(z.string().default('pioche')),
    OIDC_ROLES_CLAIM: present(z.string().default('roles')),
    ISSUER_JWK_FILE: present(z.string().optional()),
    ISSUER_SECRET: present(VARIABLES.issuerSecret.optional()),
    LOG_LEVEL: present(z.enum(LOG_LEVELS, `one of ${LOG_LEVELS.join(', ')}`).default('info')),
    OTEL_EXPORTER_OTLP_ENDPOINT: present(url('https', 'http').optional()),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: present(url('https', 'http').optional()),
    WAIT_LIMIT_MS: present(integer(0, 60_000).default(5_000)),
    MAX_IN_FLIGHT: present(integer(2, 100_000).default(LIMITS.maxInFlight)),
    DATABASE_LIMIT_MS: present(integer(100, 600_000).default(LIMITS.databaseLimitMs)),
    DRAIN_MS: present(integer(0, 300_000).default(0)),
  })
  .superRefine((env, context) => {
    const need = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (env.BROKER === 'kafka' && env.KAFKA_BROKERS === undefined) need('KAFKA_BROKERS', 'host:port, several with commas between (BROKER is kafka)');
    if (env.KAFKA_USERNAME !== undefined && env.KAFKA_PASSWORD === undefined) need('KAFKA_PASSWORD', 'the password of KAFKA_USERNAME');
    if (env.KAFKA_PASSWORD !== undefined && env.KAFKA_USERNAME === undefined) need('KAFKA_USERNAME', 'the user whose KAFKA_PASSWORD is set');
    const ways = [env.OIDC_ISSUER, env.ISSUER_JWK_FILE, env.ISSUER_SECRET].filter((way) => way !== undefined).length;
    if (ways !== 1) need('OIDC_ISSUER', 'exactly one of OIDC_ISSUER, ISSUER_JWK_FILE, ISSUER_SECRET');
  });

/** How one service runs. */
export interface ServiceConfig {
  /** 0: a free one. */
  readonly port: number;
  readonly host: string;
  /** As the role that appends and consumes. */
  readonly databaseUrl: string;
  /** As the role that owns the schema: migrations, and the tables of read models. Absent: `databaseUrl`. */
  readonly databaseOwnerUrl?: string | undefined;
  /** As the role that answers queries, under row-level security. Absent: `databaseUrl`. */
  readonly databaseReaderUrl?: string | undefined;
  /** Connections to the database at most, for each of requests, queries and consumers. */
  readonly databasePool: number;
  readonly broker: 'kafka' | 'log';
  readonly kafkaBrokers: readonly string[];
  /** Absent: everybody may come to the brokers. */
  readonly kafkaSecurity?: KafkaSecurity | undefined;
  /** In front of the name of every topic and group. */
  readonly topicPrefix: string;
  readonly clock: 'system' | 'simulated';
  readonly identity: Identity;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** URL that spans are sent to; absent: nothing is recorded. */
  readonly otlpEndpoint: string | undefined;
  /** How long a query waits for the position of Pioche-After, in milliseconds. */
  readonly waitLimitMs: number;
  /** Requests that may be in work or wait at once; one more is told to come back. Default: LIMITS. */
  readonly maxInFlight?: number;
  /** How long a request waits for a connection, and a statement of it for its answer, in milliseconds. Default: LIMITS. */
  readonly databaseLimitMs?: number;
  /** How long a service that is to stop goes on answering, not ready any more, in milliseconds. Default: 0. */
  readonly drainMs?: number;
}

/** What is wrong with the environment: one line per variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

const SECRET = /URL|SECRET|TOKEN|PASSWORD|KEY/;

/**
 * The variables of this schema. Each can be given by a file instead: `DATABASE_URL_FILE`.
 * @throws ConfigError naming every wrong variable, what it has to be, and what it is (secrets are not shown)
 */
export function readVariables<S extends z.ZodObject>(schema: S, given: Variables = process.env): z.infer<S> {
  const { variables, lines } = fromFiles(Object.keys(schema.shape), given);
  if (lines.length > 0) throw new ConfigError(lines);
  const result = schema.safeParse(variables);
  if (result.success) return result.data;
  // What concerns several variables is only checked when each is right by itself, so that it is not said twice.
  throw new ConfigError(result.error.issues.map(({ path, message }) => lineOf(String(path[0]), message, variables)));
}

/** How to log in to the database, alone: nothing else has to be there. @throws ConfigError */
export const readLogins = (given?: Variables) => loginsOf(readVariables(z.object(Logins), given));

const loginsOf = (env: z.infer<z.ZodObject<typeof Logins>>) => ({ databaseUrl: env.DATABASE_URL, databaseOwnerUrl: env.DATABASE_OWNER_URL, databaseReaderUrl: env.DATABASE_READER_URL });

/** @throws ConfigError */
export function readConfig(given?: Variables): ServiceConfig {
  const env = readVariables(Environment, given);
  return {
    port: env.PORT,
    host: env.HOST,
    ...loginsOf(env),
    databasePool: env.DATABASE_POOL,
    broker: env.BROKER,
    kafkaBrokers: env.KAFKA_BROKERS ?? [],
    kafkaSecurity: kafkaSecurityOf(env),
    topicPrefix: env.TOPIC_PREFIX,
    clock: env.CLOCK,
    identity: identityOf(env),
    logLevel: env.LOG_LEVEL,
    otlpEndpoint: tracesEndpointOf(env),
    waitLimitMs: env.WAIT_LIMIT_MS,
    maxInFlight: env.MAX_IN_FLIGHT,
    databaseLimitMs: env.DATABASE_LIMIT_MS,
    drainMs: env.DRAIN_MS,
  };
}

function kafkaSecurityOf({ KAFKA_TLS_CA: ca, KAFKA_USERNAME: username, KAFKA_PASSWORD: password }: z.infer<typeof Environment>): KafkaSecurity | undefined {
  const login = username !== undefined && password !== undefined ? { username, password } : undefined;
  return ca === undefined && login === undefined ? undefined : { ca, login };
}

interface OtlpVariables {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
}

/** OpenTelemetry Protocol Exporter: the URL for traces stands as it is, to the one for everything its path is added. */
export function tracesEndpointOf({ OTEL_EXPORTER_OTLP_ENDPOINT: all = '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces = '' }: OtlpVariables): string | undefined {
  if (traces !== '') return traces;
  return all === '' ? undefined : `${all.replace(/\/$/, '')}/v1/traces`;
}

function identityOf(env: z.infer<typeof Environment>): Identity {
  if (env.ISSUER_SECRET !== undefined) return { kind: 'secret', secret: env.ISSUER_SECRET };
  if (env.ISSUER_JWK_FILE !== undefined) return { kind: 'key-file', file: env.ISSUER_JWK_FILE };
  return { kind: 'oidc', issuer: env.OIDC_ISSUER ?? '', audience: env.OIDC_AUDIENCE, jwksUrl: env.OIDC_JWKS_URL, rolesClaim: env.OIDC_ROLES_CLAIM };
}

function lineOf(name: string, wanted: string, variables: Variables): string {
  const value = variables[name];
  const given = value === undefined || value === '' ? 'it is not set' : SECRET.test(name) ? 'another value is given' : `given: ${JSON.stringify(value)}`;
  return `${name}: must be ${wanted}; ${given}`;
}
