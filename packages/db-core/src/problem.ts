import type { RepositoryError, RepositoryErrorCode } from './errors/repository-error.ts'

export interface RepositoryProblem {
  /** `/problems/<code>`; the page is served by the service. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[]
}

/** A repository error as an RFC 9457 problem: the one place where db-core speaks HTTP. */
export function toProblem(error: RepositoryError): RepositoryProblem {
  const { status, title } = answers[error.code]
  const errors = error.fields.map((field) => ({ pointer: `#/${field}`, detail: title }))
  return { type: `/problems/${error.code === 'unknown' ? 'internal-error' : error.code}`, title, status, detail: error.message, errors }
}

const answers: Readonly<Record<RepositoryErrorCode, { status: number; title: string }>> = {
  'not-found': { status: 404, title: 'Not found' },
  'multiple-results': { status: 409, title: 'More than one result' },
  'invalid-filter': { status: 400, title: 'Invalid filter' },
  'invalid-cursor': { status: 400, title: 'Invalid cursor' },
  conflict: { status: 409, title: 'Conflict' },
  'foreign-key': { status: 409, title: 'Reference conflict' },
  'not-null': { status: 400, title: 'Value missing' },
  check: { status: 400, title: 'Rule of the data broken' },
  'invalid-value': { status: 400, title: 'Invalid value' },
  'stale-version': { status: 412, title: 'Stale version' },
  serialization: { status: 409, title: 'Concurrent change' },
  'lock-timeout': { status: 409, title: 'Record busy' },
  'statement-timeout': { status: 503, title: 'Database too slow' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  'commit-unknown': { status: 503, title: 'Outcome unknown' },
  unsupported: { status: 501, title: 'Not supported' },
  unknown: { status: 500, title: 'Internal error' },
}
