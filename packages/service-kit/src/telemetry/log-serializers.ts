import { maskSecrets, RepositoryError } from '@polystore/db-core'
import { Problem } from '../problems/problem.ts'

export interface LoggedError {
  readonly type: string
  readonly code?: string
  readonly message?: string
  readonly stack?: readonly string[]
  readonly cause?: LoggedError
}

const maximumDepth = 4
const maximumFrames = 20

/** Named fields of an error only: type, code, stack frames, its causes, and a message where it cannot hold a client's values. */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? String(error.code) : undefined
  const message = messageOf(error)
  const stack = framesOf(error)
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(stack.length === 0 ? {} : { stack }),
    ...(error.cause === undefined || depth === maximumDepth ? {} : { cause: serializeError(error.cause, depth + 1) }),
  }
}

/** Method, route pattern and trace only: a URL may hold a secret in its path as well as in its query. */
export function serializeRequest(request: unknown): Readonly<Record<string, unknown>> {
  if (typeof request !== 'object' || request === null) return {}
  const method = 'method' in request ? request.method : undefined
  const id = 'id' in request ? request.id : undefined
  return { method, id }
}

/** The status only. */
export function serializeResponse(reply: unknown): Readonly<Record<string, unknown>> {
  return typeof reply === 'object' && reply !== null && 'statusCode' in reply ? { statusCode: reply.statusCode } : {}
}

function messageOf(error: Error): string | undefined {
  if (error instanceof Problem || error instanceof RepositoryError) return error.message
  return isQuoting(error) ? undefined : maskSecrets(error.message).slice(0, 1_000)
}

// Messages of drivers and parsers quote statement parameters, keys of documents and pieces of bodies.
function isQuoting(error: Error): boolean {
  return (
    /^(?:Drizzle|Postgres|Mongo|BSON|Database|SyntaxError|Zod)/u.test(error.name) ||
    'severity' in error ||
    'params' in error ||
    'query' in error ||
    'errmsg' in error
  )
}

function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /u.test(line))
    .slice(0, maximumFrames)
    .map((line) => line.trim())
}
