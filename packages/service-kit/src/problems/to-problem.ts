import { RepositoryError } from '@polystore/db-core'
import { toProblem as toRepositoryProblem } from '@polystore/db-core/problem'
import { Problem } from './problem.ts'
import { isProblemSlug, type ProblemSlug } from './problem-registry.ts'

/** Any thrown value as the problem a client may see. What is not known becomes `internal-error` without a word of its message. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof RepositoryError) return fromRepositoryError(error)
  const slug = frameworkSlug(error)
  return new Problem(slug, { cause: error, headers: slug === 'handler-timeout' ? { 'retry-after': '1' } : {} })
}

function fromRepositoryError(error: RepositoryError): Problem {
  const { type, status, detail, errors, retryAfterSeconds } = toRepositoryProblem(error)
  const slug = type.slice(type.lastIndexOf('/') + 1)
  if (!isProblemSlug(slug)) return new Problem('internal-error', { cause: error })
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return new Problem(slug, { cause: error, headers, ...(status < 500 && { detail, errors }) })
}

const frameworkSlugs: Readonly<Record<string, ProblemSlug>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid-json',
  FST_ERR_VALIDATION: 'invalid-request',
  FST_ERR_BAD_URL: 'invalid-url',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
  FST_ERR_HANDLER_TIMEOUT: 'handler-timeout',
  FST_ERR_NOT_FOUND: 'not-found',
  ECONNRESET: 'malformed-request',
}

const statusSlugs: Readonly<Record<number, ProblemSlug>> = {
  400: 'malformed-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  431: 'headers-too-large',
}

// Errors of Fastify and its plugins carry a code, and a status below 500 when the client is at fault.
function frameworkSlug(error: unknown): ProblemSlug {
  if (!(error instanceof Error)) return 'internal-error'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (code === 'ECONNRESET' && status !== 400) return 'internal-error'
  return frameworkSlugs[code] ?? statusSlugs[status] ?? 'internal-error'
}
