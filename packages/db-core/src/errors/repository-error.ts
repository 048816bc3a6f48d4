/** Every way in which a repository call can fail, named once; the codes are stable and public. */
export type RepositoryErrorCode =
  | 'not-found'
  | 'multiple-results'
  | 'invalid-filter'
  | 'invalid-cursor'
  | 'conflict'
  | 'foreign-key'
  | 'not-null'
  | 'check'
  | 'invalid-value'
  | 'stale-version'
  | 'serialization'
  | 'lock-timeout'
  | 'statement-timeout'
  | 'unavailable'
  | 'commit-unknown'
  | 'unsupported'
  | 'unknown'

/** What is known about a failure besides its class. Never holds a parameter value. */
export interface RepositoryErrorDetails {
  /** The table or collection, as the caller knows it. */
  readonly entity?: string
  /** Fields of the entity that the failure names, in its own (camelCase) names. */
  readonly fields?: readonly string[]
  /** The constraint or index that was violated. */
  readonly constraint?: string
  /** The driver's error; kept for the debugger, never serialised or logged as text. */
  readonly cause?: unknown
}

/** The base of all errors that leave db-core. Its message is safe to show: it holds names, never values. */
export abstract class RepositoryError extends Error {
  abstract readonly code: RepositoryErrorCode
  /** True when the whole transaction may be tried again as it stands. */
  readonly retryable: boolean = false
  readonly entity: string | undefined
  readonly fields: readonly string[]
  readonly constraint: string | undefined

  constructor(message: string, details: RepositoryErrorDetails = {}) {
    super(message)
    this.name = new.target.name
    this.entity = details.entity
    this.fields = details.fields ?? []
    this.constraint = details.constraint
    // Not enumerable, so that no serialiser walks from here into a driver error and its parameters.
    if (details.cause !== undefined) Object.defineProperty(this, 'cause', { value: details.cause, enumerable: false })
  }
}

export class NotFoundError extends RepositoryError {
  readonly code = 'not-found'
}
export class MultipleResultsError extends RepositoryError {
  readonly code = 'multiple-results'
}
export class InvalidFilterError extends RepositoryError {
  readonly code = 'invalid-filter'
}
export class InvalidCursorError extends RepositoryError {
  readonly code = 'invalid-cursor'
}
/** A duplicate key; `fields` names the columns of the key. */
export class ConflictError extends RepositoryError {
  readonly code = 'conflict'
}
export class ForeignKeyError extends RepositoryError {
  readonly code = 'foreign-key'
}
export class NotNullError extends RepositoryError {
  readonly code = 'not-null'
}
export class CheckError extends RepositoryError {
  readonly code = 'check'
}
export class InvalidValueError extends RepositoryError {
  readonly code = 'invalid-value'
}
/** The row exists, and its version is no longer the one the caller read. */
export class StaleVersionError extends RepositoryError {
  readonly code = 'stale-version'
}
/** A serialization failure, a deadlock or a transient transaction error: nothing was done. */
export class SerializationError extends RepositoryError {
  readonly code = 'serialization'
  override readonly retryable = true
}
export class LockTimeoutError extends RepositoryError {
  readonly code = 'lock-timeout'
}
export class StatementTimeoutError extends RepositoryError {
  readonly code = 'statement-timeout'
}
/** The database cannot be reached, refused the connection, or had no free connection in time. */
export class UnavailableError extends RepositoryError {
  readonly code = 'unavailable'
}
/** The connection was lost while COMMIT was under way: look the outcome up by key, never assume one. */
export class CommitUnknownError extends RepositoryError {
  readonly code = 'commit-unknown'
}
/** The store cannot do what was asked, and says so instead of doing something else. */
export class UnsupportedError extends RepositoryError {
  readonly code = 'unsupported'
}
export class UnknownDatabaseError extends RepositoryError {
  readonly code = 'unknown'
}
