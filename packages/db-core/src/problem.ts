import type { RepositoryError, RepositoryErrorCode } from './errors/repository-error.ts'

/** An RFC 9457 problem without what only the request knows (`instance`, `traceId`). */
export interface RepositoryProblem {
  /** `/problems/<slug>`; the page is served by the service. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** One for each field that the failure names: `pointer` for a field of the body, `parameter` for one of the query. */
  readonly errors: readonly { readonly detail: string; readonly pointer?: string; readonly parameter?: string }[]
  /** Seconds after which the same request may succeed; absent where repeating it is of no use. */
  readonly retryAfterSeconds?: number
}

/**
 * A repository error as a problem: the one place where db-core speaks HTTP. The answer depends on the class of the failure and the
 * fields it names, so the same violation has the same answer on every store, and no value is ever in it.
 */
export function toProblem(error: RepositoryError): RepositoryProblem {
  const slug = slugOf(error.code)
  const { status, title, description, fieldDetail, retryAfterSeconds } = repositoryProblems[slug]
  return {
    type: `/problems/${slug}`,
    title,
    status,
    detail: error.code === 'invalid-filter' ? error.message : description,
    errors: status >= 500 ? [] : error.fields.map((field) => ({ ...placeOf(field, error.code), detail: fieldDetail ?? description })),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }
}

export type RepositoryProblemSlug = Exclude<RepositoryErrorCode, 'unknown'> | 'internal-error'

export interface RepositoryProblemDefinition {
  readonly status: number
  readonly title: string
  /** For the page of the problem, and the `detail` of an answer. */
  readonly description: string
  /** What is said of each field that is named. */
  readonly fieldDetail?: string
  readonly retryAfterSeconds?: number
}

/** Every problem that a repository can cause; services include it in their registry. */
export const repositoryProblems: Readonly<Record<RepositoryProblemSlug, RepositoryProblemDefinition>> = {
  'invalid-filter': {
    status: 400,
    title: 'Invalid filter',
    description: 'A filter or order names an unknown field or operator, or has a value of the wrong kind.',
    fieldDetail: 'cannot be filtered or sorted by in this way',
  },
  'invalid-cursor': {
    status: 400,
    title: 'Invalid cursor',
    description: 'The cursor is damaged, or belongs to another list, filter or order. Begin at the first page.',
    fieldDetail: 'is not a cursor of this list',
  },
  'invalid-value': {
    status: 400,
    title: 'Invalid value',
    description: 'A value that was sent cannot be held, such as a number out of range.',
    fieldDetail: 'cannot hold this value',
  },
  'not-null': {
    status: 400,
    title: 'Value missing',
    description: 'A field that must have a value has none.',
    fieldDetail: 'must have a value',
  },
  check: {
    status: 400,
    title: 'Rule of the data broken',
    description: 'A value breaks a rule that the database guards.',
    fieldDetail: 'breaks a rule of the data',
  },
  'not-found': { status: 404, title: 'Not found', description: 'There is no such record, or none that you may see.' },
  conflict: {
    status: 409,
    title: 'Conflict',
    description: 'Another record already has the value of a unique field.',
    fieldDetail: 'is taken by another record',
  },
  'foreign-key': {
    status: 409,
    title: 'Reference conflict',
    description: 'The request refers to a record that does not exist, or removes one that others refer to.',
    fieldDetail: 'refers to a record that does not exist, or is still referred to',
  },
  'multiple-results': {
    status: 409,
    title: 'More than one result',
    description: 'More than one record matches where exactly one was expected.',
  },
  serialization: {
    status: 409,
    title: 'Concurrent change',
    description: 'Others changed the same records at the same time. Nothing was done; try again.',
    retryAfterSeconds: 1,
  },
  'lock-timeout': {
    status: 409,
    title: 'Record busy',
    description: 'Another request holds the record. Nothing was done; try again.',
    retryAfterSeconds: 1,
  },
  'stale-version': {
    status: 412,
    title: 'Stale version',
    description: 'The record has changed since you read it. Read it again and repeat the change.',
    fieldDetail: 'is no longer the one that you read',
  },
  'internal-error': { status: 500, title: 'Internal error', description: 'Something failed that should not have.' },
  unsupported: { status: 501, title: 'Not supported', description: 'The store behind this resource cannot do what was asked.' },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    description: 'A database cannot be reached or has no free connection. Try again later.',
    retryAfterSeconds: 1,
  },
  'commit-unknown': {
    status: 503,
    title: 'Outcome unknown',
    description: 'The connection was lost while the change was being saved. Read the record before you try again.',
    retryAfterSeconds: 1,
  },
  'statement-timeout': {
    status: 503,
    title: 'Database too slow',
    description: 'The database did not answer in time. Try again later.',
    retryAfterSeconds: 1,
  },
}

function slugOf(code: RepositoryErrorCode): RepositoryProblemSlug {
  return code === 'unknown' ? 'internal-error' : code
}

/** Filters, orders and cursors come by the query; every other field that is at fault comes by the body. */
function placeOf(field: string, code: RepositoryErrorCode): { readonly pointer?: string; readonly parameter?: string } {
  return code === 'invalid-filter' || code === 'invalid-cursor' ? { parameter: field } : { pointer: toPointer(field) }
}

/** A JSON pointer as URI fragment. */
function toPointer(field: string): string {
  return `#/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
