import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { serializeError, serializeRequest, serializeResponse } from './log-serializers.ts'
import { maskLogFields, maskLogText } from './mask-log-fields.ts'
import { currentTrace } from './trace-context.ts'

export interface CreateLoggerOptions {
  readonly name: string
  /** A pino level or `silent`; `info` unless said otherwise. */
  readonly level?: string
  /** Standard output unless said otherwise. */
  readonly destination?: DestinationStream
}

/** A pino logger that masks secrets, copies only named fields of errors and stamps the current trace on each line. */
export function createLogger(options: CreateLoggerOptions): Logger {
  const settings: LoggerOptions = {
    name: options.name,
    level: options.level ?? 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
    base: { pid: process.pid },
    formatters: { level: (label) => ({ level: label }), log: maskLogFields },
    serializers: { err: serializeError, error: serializeError, req: serializeRequest, res: serializeResponse },
    hooks: { logMethod: maskArguments },
    mixin: (_merged, _level, logger) => (requestLoggers.has(logger) ? {} : traceFields()),
  }
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination)
}

const requestLoggers = new WeakSet<object>()

/** Marks a child that has its trace id bound already, so that the mixin does not repeat it. */
export function markRequestLogger<Child extends object>(logger: Child): Child {
  requestLoggers.add(logger)
  return logger
}

function traceFields(): { traceId?: string } {
  const trace = currentTrace()
  return trace === undefined ? {} : { traceId: trace.traceId }
}

type LogMethodHook = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>

const maskArguments: LogMethodHook = function maskArguments(parts, method) {
  const masked: unknown[] = parts.map((part: unknown) => (typeof part === 'string' ? maskLogText(part) : part))
  Reflect.apply(method, this, masked)
}
