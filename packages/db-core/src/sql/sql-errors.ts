import {
  CheckError,
  CommitUnknownError,
  ConflictError,
  ForeignKeyError,
  InvalidValueError,
  LockTimeoutError,
  NotNullError,
  SerializationError,
  StatementTimeoutError,
  UnavailableError,
  UnknownDatabaseError,
  UnsupportedError,
  type RepositoryError,
  type RepositoryErrorDetails,
} from '../errors/repository-error.ts'
import type { SqlNames } from './sql-names.ts'

/** Reads the errors of one database's drivers: by codes and names alone, for messages hold values. */
export interface SqlErrors {
  /** One driver error becomes one RepositoryError, most easily by `createSqlError`. A RepositoryError is given back as it is. */
  translate(error: unknown, names: SqlNames): RepositoryError
  /** The connection that answered so is gone, or its state is not known. */
  isConnectionLoss(error: unknown): boolean
  /** A prepared statement no longer fits the schema or is unknown to the server; planned anew it will run. It did nothing. */
  isStalePlan(error: unknown): boolean
}

/** Every way in which a statement fails, as all SQL databases have it. */
export type SqlErrorKind = keyof typeof kinds

/** What a driver's error tells besides its kind. */
export interface SqlErrorFacts {
  readonly code: string
  readonly table?: string | undefined
  readonly constraint?: string | undefined
  /** Fields, by the names of the table's declaration. */
  readonly fields?: readonly string[] | undefined
  readonly cause: unknown
}

/** The RepositoryError of a kind; its message is the same on every database. */
export function createSqlError(kind: SqlErrorKind, facts: SqlErrorFacts): RepositoryError {
  const { type, message } = kinds[kind]
  const { table, constraint, fields = [], cause } = facts
  const details = { ...(table !== undefined && { entity: table }), ...(constraint !== undefined && { constraint }), fields, cause }
  return new type(message(facts), details)
}

interface Kind {
  readonly type: new (message: string, details: RepositoryErrorDetails) => RepositoryError
  readonly message: (facts: SqlErrorFacts) => string
}

const named = (what: string) => (facts: SqlErrorFacts) => (facts.table ? `${what} in ${facts.table}.` : `${what}.`)
const plain = (what: string) => () => what

const kinds = {
  conflict: { type: ConflictError, message: named('A row with this key exists already') },
  'foreign-key': { type: ForeignKeyError, message: named('A reference to another row is broken') },
  'not-null': { type: NotNullError, message: named('A required value is missing') },
  check: { type: CheckError, message: named('A value breaks a rule') },
  'invalid-value': { type: InvalidValueError, message: plain('A value does not fit its type.') },
  serialization: { type: SerializationError, message: plain('Another transaction was in the way; nothing was done.') },
  'commit-unknown': { type: CommitUnknownError, message: plain('Whether the transaction was committed is not known.') },
  'read-only': { type: UnsupportedError, message: plain('The transaction is read-only.') },
  'too-many-parameters': { type: UnsupportedError, message: plain('A statement holds too many parameters.') },
  'lock-timeout': { type: LockTimeoutError, message: plain('A lock was not free in time.') },
  'statement-timeout': { type: StatementTimeoutError, message: plain('The statement took longer than it may.') },
  unavailable: { type: UnavailableError, message: plain('The database is not available.') },
  unknown: {
    type: UnknownDatabaseError,
    message: ({ code }: SqlErrorFacts) => `The database refused the statement (${code || 'no code'}).`,
  },
} satisfies Record<string, Kind>
