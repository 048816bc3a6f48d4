import { RepositoryError } from '../../errors/repository-error.ts'
import { createSqlError, type SqlErrorKind, type SqlErrors } from '../sql-errors.ts'
import type { SqlNames } from '../sql-names.ts'
import { resultCodes, SqliteFailure } from './sqlite-failure.ts'
import { onlyReference } from './sqlite-tables.ts'

/** Reads errors by their extended result code. */
export const sqliteErrors: SqlErrors = {
  translate(error, names) {
    if (error instanceof RepositoryError) return error
    const failure = error instanceof SqliteFailure ? error : new SqliteFailure(error, '')
    const kind = kindOf(failure)
    const code = failure.resultCode === undefined ? failure.nodeCode : `SQLite ${failure.resultCode}`
    return createSqlError(kind, { code, ...namedBy(failure, kind, names), cause: failure })
  },
  /** The file is damaged, gone or unreadable; another connection may find it well again. */
  isConnectionLoss: (error) => error instanceof SqliteFailure && lossCodes.has((error.resultCode ?? 0) & 0xff),
  isStalePlan: (error) => error instanceof SqliteFailure && error.resultCode === schemaChanged,
}

const schemaChanged = 17
const uniqueCodes = { unique: 2067, primaryKey: 1555, rowId: 2579 }
const notNull = 1299
const check = 275
const wrongType = 3091

/** IOERR, CORRUPT, CANTOPEN, NOTADB. */
const lossCodes = new Set([10, 11, 14, 26])

/** By extended code; all others by their primary code. */
const extended: ReadonlyMap<number, SqlErrorKind> = new Map<number, SqlErrorKind>([
  [uniqueCodes.unique, 'conflict'],
  [uniqueCodes.primaryKey, 'conflict'],
  [uniqueCodes.rowId, 'conflict'],
  [787, 'foreign-key'],
  [notNull, 'not-null'],
  [wrongType, 'invalid-value'],
  [resultCodes.busySnapshot, 'serialization'],
  // The file was moved or deleted under the connection.
  [1032, 'unavailable'],
])

const primary: ReadonlyMap<number, SqlErrorKind> = new Map<number, SqlErrorKind>([
  [resultCodes.busy, 'lock-timeout'],
  [6, 'lock-timeout'],
  [8, 'read-only'],
  [9, 'statement-timeout'],
  [10, 'unavailable'],
  [11, 'unavailable'],
  [13, 'unavailable'],
  [14, 'unavailable'],
  [resultCodes.protocol, 'lock-timeout'],
  [schemaChanged, 'serialization'],
  [18, 'invalid-value'],
  [19, 'check'],
  [20, 'invalid-value'],
  [26, 'unavailable'],
])

const nodeCodes: ReadonlyMap<string, SqlErrorKind> = new Map<string, SqlErrorKind>([
  ['ERR_INVALID_ARG_TYPE', 'invalid-value'],
  ['ERR_INVALID_ARG_VALUE', 'invalid-value'],
  ['ERR_OUT_OF_RANGE', 'invalid-value'],
  ['ERR_INVALID_STATE', 'unavailable'],
])

function kindOf({ resultCode, nodeCode }: SqliteFailure): SqlErrorKind {
  if (resultCode === undefined) return nodeCodes.get(nodeCode) ?? 'unknown'
  return extended.get(resultCode) ?? primary.get(resultCode & 0xff) ?? 'unknown'
}

interface Named {
  readonly table?: string | undefined
  readonly constraint?: string | undefined
  readonly fields?: readonly string[]
}

/**
 * The table, the constraint and the fields. SQLite tells them in its message and nowhere else, so its message is read here: for names
 * of the schema alone, of a form that only names have, and only where the code says that nothing else stands there.
 */
function namedBy(failure: SqliteFailure, kind: SqlErrorKind, names: SqlNames): Named {
  if (kind === 'conflict' || kind === 'not-null') return namedColumns(failure, names)
  if (failure.resultCode === check) return namedRule(failure, names)
  if (failure.resultCode === wrongType) return namedType(failure, names)
  return kind === 'foreign-key' ? namedConstraint(tableOf(failure.statement), onlyReference, names) : {}
}

/** `UNIQUE constraint failed: orders.user_id, orders.code` */
function namedColumns({ message, statement }: SqliteFailure, names: SqlNames): Named {
  const list = /^(?:UNIQUE|NOT NULL) constraint failed: ((?:\w+\.\w+(?:, )?)+)$/.exec(message)?.[1]
  const index = /^UNIQUE constraint failed: index '(\w+)'$/.exec(message)?.[1]
  if (index !== undefined) return namedConstraint(tableOf(statement), index, names)
  const columns = (list ?? '').split(', ').map((name) => name.split('.'))
  const table = columns[0]?.[0] || tableOf(statement)
  return { table, fields: columns.flatMap(([, column]) => (column === undefined ? [] : [names.field(table, column)])) }
}

/** `CHECK constraint failed: orders_total_check`; a rule without a name is told by its text, which names no constraint. */
function namedRule({ message, statement }: SqliteFailure, names: SqlNames): Named {
  const rule = /^CHECK constraint failed: (\w+)$/.exec(message)?.[1]
  return namedConstraint(tableOf(statement), rule, names)
}

/** `cannot store TEXT value in INTEGER column orders.total`, from a table that is strict. */
function namedType({ message }: SqliteFailure, names: SqlNames): Named {
  const [, table, column] = /^cannot store \w+ value in \w+ column (\w+)\.(\w+)$/.exec(message) ?? []
  return column === undefined ? {} : { table, fields: [names.field(table, column)] }
}

function namedConstraint(table: string | undefined, constraint: string | undefined, names: SqlNames): Named {
  if (constraint === undefined) return { table }
  const fields = names.constraintFields(table, constraint) ?? []
  return { table, fields, ...(constraint !== onlyReference && { constraint }) }
}

/** The table that a statement writes to. */
function tableOf(statement: string): string | undefined {
  return /^\s*(?:insert\s+into|update|delete\s+from)\s+"?(\w+)"?/i.exec(statement)?.[1]
}
