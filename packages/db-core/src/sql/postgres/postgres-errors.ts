import { DrizzleQueryError } from 'drizzle-orm/errors'
import { RepositoryError } from '../../errors/repository-error.ts'
import { createSqlError, type SqlErrorKind, type SqlErrors } from '../sql-errors.ts'
import type { SqlNames } from '../sql-names.ts'

/** SQLSTATE and the drivers' own codes; the server's message and values stay in the cause. */
export const postgresErrors: SqlErrors = {
  translate(error, names) {
    const cause = error instanceof DrizzleQueryError ? error.cause : error
    if (cause instanceof RepositoryError) return cause
    const facts = factsOf(cause)
    return createSqlError(kindOf(facts), { ...facts, fields: fieldsOf(facts, names), cause })
  },
  /** Anything but a server's answer or a refusal by the driver. */
  isConnectionLoss(error) {
    const { code } = factsOf(error)
    if (!/^[0-9A-Z]{5}$/.test(code) || lossCodes.has(code)) return code !== tooManyParameters
    return code.startsWith('08') && code !== '08P01'
  },
  isStalePlan: (error) => staleRoutines.has(factsOf(error).routine),
}

interface PostgresFacts {
  readonly code: string
  readonly routine: string
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  readonly detail: string | undefined
}

const tooManyParameters = 'MAX_PARAMETERS_EXCEEDED'
const staleRoutines = new Set(['RevalidateCachedQuery', 'FetchPreparedStatement'])
const networkCodes = [
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EACCES',
  'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT',
] // prettier-ignore
const lossCodes = new Set([...networkCodes, '57P01', '57P02', '57P03', '57P05', '25P03', '25P04'])

const kinds: ReadonlyMap<string, SqlErrorKind> = new Map<string, SqlErrorKind>([
  ['23505', 'conflict'],
  ['23P01', 'conflict'],
  ['23503', 'foreign-key'],
  ['23001', 'foreign-key'],
  ['23502', 'not-null'],
  ['23514', 'check'],
  ['23000', 'check'],
  ['54000', 'invalid-value'],
  [tooManyParameters, 'too-many-parameters'],
  ['40001', 'serialization'],
  ['40P01', 'serialization'],
  ['40003', 'commit-unknown'],
  ['08007', 'commit-unknown'],
  ['08P01', 'unknown'],
  ['25006', 'read-only'],
  ['55P03', 'lock-timeout'],
  ['57014', 'statement-timeout'],
  ['3D000', 'unavailable'],
  ...[...lossCodes].map((code): [string, SqlErrorKind] => [code, 'unavailable']),
])

const classes: ReadonlyMap<string, SqlErrorKind> = new Map<string, SqlErrorKind>([
  ['08', 'unavailable'],
  ['22', 'invalid-value'],
  ['28', 'unavailable'],
  ['53', 'unavailable'],
  ['57', 'unavailable'],
])

function kindOf({ code, routine }: PostgresFacts): SqlErrorKind {
  if (staleRoutines.has(routine)) return 'serialization'
  return kinds.get(code) ?? (code.length === 5 ? classes.get(code.slice(0, 2)) : undefined) ?? 'unknown'
}

/** `pg` writes `table`, `postgres` writes `table_name`, and the latter inherits its code from a prototype. */
function factsOf(error: unknown): PostgresFacts {
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

function fieldsOf({ code, table, column, constraint, detail }: PostgresFacts, names: SqlNames): readonly string[] {
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
