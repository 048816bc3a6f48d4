import { errors } from 'undici'
import { BodyTooLargeError, ClientGoneError } from './request-body.ts'

/**
 * What a failed exchange with a service means. `lost`: the connection failed before or while it was used;
 * `unsendable`, `client` and `too-large` are the client's doing and say nothing of the service.
 */
export type UpstreamFailure = 'lost' | 'connect-timeout' | 'timeout' | 'invalid-answer' | 'unsendable' | 'client' | 'too-large'

const timeoutCodes: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const invalidAnswerCodes: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
])

/** Classifies what undici or the request body reported; the message itself may hold addresses and goes to the log only. */
export function classifyFailure(error: Error): UpstreamFailure {
  if (error instanceof BodyTooLargeError) return 'too-large'
  const code = codeOf(error)
  if (error instanceof ClientGoneError || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return 'client'
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'unsendable'
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'connect-timeout'
  if (timeoutCodes.has(code)) return 'timeout'
  if (error instanceof errors.HTTPParserError || invalidAnswerCodes.has(code)) return 'invalid-answer'
  return 'lost'
}

export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
