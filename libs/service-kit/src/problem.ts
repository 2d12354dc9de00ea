/** Every "no" that leaves a service: RFC 9457 problem details, with a stable type and what to do next. */
import { isTransient } from '@pioche/event-bus';
import { Refusal } from '@pioche/kernel';
import { CommandReusedError, ConflictError, StoreBusyError } from '@pioche/event-store';

/** Refusal code → its HTTP status and a title that tells the caller what to do next. One per context. */
export type ErrorCatalogue = Readonly<Record<string, { readonly status: number; readonly title: string }>>;

/** The codes that every context shares. */
export const commonErrors = {
  'validation-failed': { status: 400, title: 'Correct the fields listed in errors and send the request again.' },
  'malformed-json': { status: 400, title: 'Send a body that is valid JSON, or none.' },
  'malformed-request': { status: 400, title: 'Correct the URL or the headers of the request.' },
  'idempotency-key-missing': { status: 400, title: 'Send an Idempotency-Key header: 1 to 255 characters, a new one per intention.' },
  'simulated-time-refused': { status: 400, title: 'Leave Pioche-Simulated-Time out: this service runs on the real clock.' },
  unauthenticated: { status: 401, title: 'Send a valid access token: Authorization: Bearer <token>.' },
  'permission-denied': { status: 403, title: 'Ask an administrator for a role that has this permission.' },
  'not-found': { status: 404, title: 'Check the address: there is nothing here.' },
  unknown: { status: 404, title: 'Check the id: there is no such thing, or it is not yours to see.' },
  'method-not-allowed': { status: 405, title: 'Use one of the methods listed in the Allow header.' },
  'already-exists': { status: 409, title: 'Use the one that exists, or choose another id.' },
  'transition-not-allowed': { status: 409, title: 'Choose one of the allowed commands for its present status.' },
  'version-conflict': { status: 412, title: 'It has changed: read it again, and repeat with its new version in If-Match.' },
  'payload-too-large': { status: 413, title: 'Send a smaller body.' },
  'unsupported-media-type': { status: 415, title: 'Send the body as application/json.' },
  'idempotency-key-reused': { status: 422, title: 'Use a new Idempotency-Key: this one was used for another request.' },
  'if-match-missing': { status: 428, title: 'Send the version you have read in If-Match, or * for any version.' },
  internal: { status: 500, title: 'This is our fault. Try again, and report the trace id if it stays.' },
  'not-ready': { status: 503, title: 'Try again in a moment.' },
  busy: { status: 503, title: 'Too many requests are waiting. Try again after the time in Retry-After.' },
  'not-caught-up': { status: 503, title: 'The view has not reached the position of Pioche-After yet. Try again after the time in Retry-After.' },
} as const satisfies ErrorCatalogue;

export type CommonCode = keyof typeof commonErrors;

/** One wrong value: where (`pointer` into the body, or the name of a path, query or header `parameter`), and why. */
export interface FieldError {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly reason: string;
  /** What would have been accepted, where that can be listed. */
  readonly allowed?: unknown;
}

/** The body of an answer of type `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
  readonly trace_id?: string;
}

interface ProblemExtras {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem of the HTTP layer, thrown on the way. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly code: CommonCode,
    readonly extras: ProblemExtras = {},
  ) {
    super(code);
  }
}

/** An answer that is a problem, ready to be sent. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

export const problemType = (context: string, code: string): string => `https://pioche.fr/problems/${context}/${code}`;

const common = (code: CommonCode, { details, errors, headers = {} }: ProblemExtras = {}): ProblemAnswer => ({
  problem: {
    type: problemType('common', code),
    ...commonErrors[code],
    code,
    ...(details === undefined ? {} : { details }),
    ...(errors === undefined ? {} : { errors }),
  },
  headers,
});

const isCommon = (code: string): code is CommonCode => Object.hasOwn(commonErrors, code);

/** Fastify's own refusals, by its error codes. */
const FASTIFY: Readonly<Record<string, CommonCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload-too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-json',
  FST_ERR_BAD_URL: 'malformed-request',
};

/** Turns whatever was thrown into a problem; what nobody foresaw becomes a 500 that tells nothing. */
export class ProblemMaker {
  constructor(
    private readonly context: string,
    private readonly catalogue: ErrorCatalogue,
  ) {}

  of(error: unknown): ProblemAnswer {
    if (error instanceof ProblemError) return common(error.code, error.extras);
    if (error instanceof Refusal) return this.ofRefusal(error);
    if (error instanceof ConflictError) return ofConflict(error);
    if (error instanceof CommandReusedError) return common('idempotency-key-reused');
    if (error instanceof StoreBusyError) return common('busy', { headers: { 'retry-after': '1' } });
    // The database is away, or hangs: what was asked may have been done, and a repeat with the same key finds out.
    if (isTransient(error)) return common('not-ready', { headers: { 'retry-after': '2' } });
    return ofFramework(error);
  }

  private ofRefusal({ code, details }: Refusal): ProblemAnswer {
    const own = this.catalogue[code];
    if (own === undefined && isCommon(code)) return common(code, { details });
    const { status, title } = own ?? { status: 422, title: 'The request is against a rule: see code and details.' };
    return { problem: { type: problemType(this.context, code), title, status, code, details }, headers: {} };
  }
}

function ofConflict({ expected, actual }: ConflictError): ProblemAnswer {
  if (actual === 0) return common('unknown');
  if (expected === 'none') return common('already-exists', { details: { version: actual } });
  return common('version-conflict', { details: { expected, version: actual }, headers: { etag: `"${actual}"` } });
}

function ofFramework(error: unknown): ProblemAnswer {
  if (error instanceof SyntaxError && 'statusCode' in error) return common('malformed-json');
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string' && FASTIFY[code] !== undefined) return common(FASTIFY[code]);
  return common(typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? 'malformed-request' : 'internal');
}
