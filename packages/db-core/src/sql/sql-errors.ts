import { DrizzleQueryError } from 'drizzle-orm/errors'
import {
  CheckError,
  CommitUnknownError,
  ConflictError,
  ForeignKeyError,
  InvalidValueError,
  LockTimeoutError,
  NotNullError,
  RepositoryError,
  SerializationError,
  StatementTimeoutError,
  UnavailableError,
  UnknownDatabaseError,
  UnsupportedError,
  type RepositoryErrorDetails,
} from '../errors/repository-error.ts'
import type { SqlNames } from './sql-names.ts'

/** One driver error becomes one RepositoryError, by its code alone; the server's message and values stay in the cause. */
export function translateSqlError(error: unknown, names: SqlNames): RepositoryError {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (cause instanceof RepositoryError) return cause
  const facts = factsOf(cause)
  const kind = kindOf(facts)
  return new kind.type(kind.message(facts), { ...detailsOf(facts, names), cause })
}

/** The connection that answered so is gone, or its state is not known: anything but a server's answer or a refusal by the driver. */
export function isConnectionLoss(error: unknown): boolean {
  const { code } = factsOf(error)
  if (!/^[0-9A-Z]{5}$/.test(code) || lossCodes.has(code)) return code !== tooManyParameters
  return code.startsWith('08') && code !== '08P01'
}

/** A prepared statement no longer fits the schema or is unknown to the server; planned anew it will run. */
export function isStalePlan(error: unknown): boolean {
  return staleRoutines.has(factsOf(error).routine)
}

interface SqlFacts {
  readonly code: string
  readonly routine: string
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  readonly detail: string | undefined
}

interface ErrorKind {
  readonly type: new (message: string, details: RepositoryErrorDetails) => RepositoryError
  readonly message: (facts: SqlFacts) => string
}

const tooManyParameters = 'MAX_PARAMETERS_EXCEEDED'
const staleRoutines = new Set(['RevalidateCachedQuery', 'FetchPreparedStatement'])
const networkCodes = [
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EACCES',
  'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT',
] // prettier-ignore
const lossCodes = new Set([...networkCodes, '57P01', '57P02', '57P03', '57P05', '25P03', '25P04'])

const named = (what: string) => (facts: SqlFacts) => (facts.table ? `${what} in ${facts.table}.` : `${what}.`)
const plain = (what: string) => () => what

const unavailable: ErrorKind = { type: UnavailableError, message: plain('The database is not available.') }
const unknown: ErrorKind = {
  type: UnknownDatabaseError,
  message: (facts) => `The database refused the statement (${facts.code || 'no code'}).`,
}
const conflict: ErrorKind = { type: ConflictError, message: named('A row with this key exists already') }
const foreignKey: ErrorKind = { type: ForeignKeyError, message: named('A reference to another row is broken') }
const check: ErrorKind = { type: CheckError, message: named('A value breaks a rule') }
const invalidValue: ErrorKind = { type: InvalidValueError, message: plain('A value does not fit its type.') }
const serialization: ErrorKind = { type: SerializationError, message: plain('Another transaction was in the way; nothing was done.') }
const commitUnknown: ErrorKind = { type: CommitUnknownError, message: plain('Whether the transaction was committed is not known.') }

const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ['23505', conflict],
  ['23P01', conflict],
  ['23503', foreignKey],
  ['23001', foreignKey],
  ['23502', { type: NotNullError, message: named('A required value is missing') }],
  ['23514', check],
  ['23000', check],
  ['54000', invalidValue],
  [tooManyParameters, { type: UnsupportedError, message: plain('A statement holds too many parameters.') }],
  ['40001', serialization],
  ['40P01', serialization],
  ['40003', commitUnknown],
  ['08007', commitUnknown],
  ['08P01', unknown],
  ['25006', { type: UnsupportedError, message: plain('The transaction is read-only.') }],
  ['55P03', { type: LockTimeoutError, message: plain('A lock was not free in time.') }],
  ['57014', { type: StatementTimeoutError, message: plain('The statement took longer than it may.') }],
  ['3D000', unavailable],
  ...[...lossCodes].map((code): [string, ErrorKind] => [code, unavailable]),
])

const classes: ReadonlyMap<string, ErrorKind> = new Map([
  ['08', unavailable],
  ['22', invalidValue],
  ['28', unavailable],
  ['53', unavailable],
  ['57', unavailable],
])

function kindOf(facts: SqlFacts): ErrorKind {
  if (staleRoutines.has(facts.routine)) return serialization
  return kinds.get(facts.code) ?? (facts.code.length === 5 ? classes.get(facts.code.slice(0, 2)) : undefined) ?? unknown
}

/** `pg` writes `table`, `postgres` writes `table_name`, and the latter inherits its code from a prototype. */
function factsOf(error: unknown): SqlFacts {
  const text = (...keys: string[]): string | undefined => {
    if (typeof error !== 'object' || error === null) return undefined
    for (const key of keys) {
      const value: unknown = Reflect.get(error, key)
      if (typeof value === 'string' && value !== '') return value
    }
    return undefined
  }
  return {
    code: text('code') ?? '',
    routine: text('routine') ?? '',
    table: text('table_name', 'table'),
    column: text('column_name', 'column'),
    constraint: text('constraint_name', 'constraint'),
    detail: text('detail'),
  }
}

function detailsOf(facts: SqlFacts, names: SqlNames): RepositoryErrorDetails {
  const { table, constraint } = facts
  return {
    ...(table !== undefined && { entity: table }),
    ...(constraint !== undefined && { constraint }),
    fields: fieldsOf(facts, names),
  }
}

function fieldsOf({ code, table, column, constraint, detail }: SqlFacts, names: SqlNames): readonly string[] {
  if (column !== undefined) return [names.field(table, column)]
  const known = constraint === undefined ? undefined : names.constraintFields(table, constraint)
  if (known !== undefined && known.length > 0) return known
  return code.startsWith('23') ? keyColumns(detail).map((name) => names.field(table, name)) : []
}

/** The names in `Key (a, lower(b))=…`; what follows the names holds values and is never looked at. */
function keyColumns(detail: string | undefined): string[] {
  const list = detail?.match(/^Key \(([^=]{1,300}?)\)=/)?.[1] ?? ''
  return list
    .split(', ')
    .flatMap((part) => part.match(/^"?(\w+)"?$|^\w+\(\(?"?(\w+)"?\)?(?:::\w+)?\)$/)?.slice(1, 3) ?? [])
    .filter(Boolean)
}
