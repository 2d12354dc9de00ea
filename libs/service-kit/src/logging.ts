/** Log lines as JSON, each with the trace it belongs to. */
import type { LoggerService } from '@nestjs/common';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import { withoutSecrets } from './redaction.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined || !isSpanContextValid(span) ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/**
 * Of an error what tells it, and no more: drivers hang whole clients, statements and their values on theirs. Their
 * `detail` shows values of rows, too.
 */
function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(code === undefined ? {} : { code }),
    ...(error.cause === undefined ? {} : { cause: told(error.cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.map(told) } : {}),
  };
}

/** @param destination standard output when absent */
export const createLogger = (service: string, level: LogLevel = 'info', destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { service },
      mixin: traceIds,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: told },
      hooks: { streamWrite: withoutSecrets },
    },
    destination ?? pino.destination({ sync: false }),
  );

/** Nest's own lines, in our log; its start-up chatter one level lower. */
export function nestLogger(logger: Logger): LoggerService {
  const fields = (context: readonly unknown[]) => ({ context: context.at(-1) });
  return {
    log: (message: unknown, ...context: unknown[]) => logger.debug(fields(context), String(message)),
    warn: (message: unknown, ...context: unknown[]) => logger.warn(fields(context), String(message)),
    error: (message: unknown, ...context: unknown[]) => logger.error(fields(context), String(message)),
    fatal: (message: unknown, ...context: unknown[]) => logger.fatal(fields(context), String(message)),
    debug: (message: unknown, ...context: unknown[]) => logger.debug(fields(context), String(message)),
    verbose: (message: unknown, ...context: unknown[]) => logger.trace(fields(context), String(message)),
  };
}
