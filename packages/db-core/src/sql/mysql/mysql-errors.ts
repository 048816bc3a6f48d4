import { DrizzleQueryError } from 'drizzle-orm/errors'
import { RepositoryError } from '../../errors/repository-error.ts'
import { createSqlError, type SqlErrorKind, type SqlErrors } from '../sql-errors.ts'
import type { SqlNames } from '../sql-names.ts'
import type { MysqlFacts } from './mysql-error-facts.ts'
import { namesIn, type NamesInError } from './mysql-error-names.ts'

/** Errors of MariaDB and MySQL, told apart by their numbers alone. */
export const mysqlErrors: SqlErrors = {
  translate(error, names) {
    const cause = error instanceof DrizzleQueryError ? error.cause : error
    if (cause instanceof RepositoryError) return cause
    const facts = factsOf(cause)
    const kind = kindOf(facts)
    const found = namedKinds.has(kind) ? namesIn(facts) : {}
    const { table, constraint } = found
    return createSqlError(kind, {
      code: String(facts.number ?? facts.code),
      table,
      constraint,
      fields: fieldsOf(found, names),
      cause: facts.number === undefined ? cause : withoutMessage(facts, cause),
    })
  },
  isConnectionLoss(error) {
    if (error instanceof RepositoryError) return true
    const { number, code, fatal } = factsOf(error)
    return number === undefined ? fatal || /^(?:PROTOCOL_|E[A-Z]+$)/.test(code) : lossNumbers.has(number)
  },
  isStalePlan: (error) => staleNumbers.has(factsOf(error).number ?? 0),
}

// Shut down, killed, timed out by the server, broken packets.
const lossNumbers = new Set([1053, 1077, 1079, 1152, 1153, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1927, 4031])
// The server forgot the statement, or could not keep up with changes of its tables.
const staleNumbers = new Set([1243, 1615])

const numbersOf: readonly (readonly [SqlErrorKind, readonly number[]])[] = [
  ['conflict', [1022, 1062, 1169, 1557, 1586, 1761, 1762, 1859]],
  ['foreign-key', [1216, 1217, 1451, 1452]],
  ['not-null', [1048, 1364]],
  ['check', [3819, 4025]],
  ['invalid-value', [1153, 1264, 1265, 1292, 1365, 1366, 1367, 1406, 1411, 1416, 1426, 1441, 1525, 1690, 3140, 3141, 3143, 3903, 4038]],
  ['serialization', [1020, 1213, 1614, 1637, 3101, ...staleNumbers]],
  ['lock-timeout', [1205, 3572]],
  ['statement-timeout', [1317, 1969, 3024]],
  ['read-only', [1792]],
  ['too-many-parameters', [1390]],
  ['commit-unknown', [1180]],
  ['unavailable', [1040, 1041, 1043, 1044, 1045, 1049, 1129, 1130, 1203, 1226, 1251, 1461, 1698, 1820, 3118, 3159, 3955, ...lossNumbers]],
]

const kinds: ReadonlyMap<number, SqlErrorKind> = new Map(
  numbersOf.toReversed().flatMap(([kind, numbers]) => numbers.map((number) => [number, kind] as const)),
)

const namedKinds: ReadonlySet<SqlErrorKind> = new Set<SqlErrorKind>(['conflict', 'foreign-key', 'not-null', 'check'])

const classes: ReadonlyMap<string, SqlErrorKind> = new Map<string, SqlErrorKind>([
  ['08', 'unavailable'],
  ['22', 'invalid-value'],
  ['28', 'unavailable'],
])

function kindOf(facts: MysqlFacts): SqlErrorKind {
  const { number, state } = facts
  if (number !== undefined) return kinds.get(number) ?? classes.get(state.slice(0, 2)) ?? 'unknown'
  return facts.fatal || facts.code !== '' ? 'unavailable' : 'invalid-value'
}

/** Without a code it is the driver that refused a value, before anything was sent. */
function factsOf(error: unknown): MysqlFacts {
  const read = (key: string): unknown => (typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined)
  const text = (key: string): string => {
    const value = read(key)
    return typeof value === 'string' ? value : ''
  }
  const number = read('errno')
  return {
    // A network error of Node has a number as well, which is below zero.
    number: typeof number === 'number' && number > 0 ? number : undefined,
    state: text('sqlState'),
    code: text('code'),
    fatal: read('fatal') === true,
    message: text('sqlMessage'),
    statement: text('sql'),
  }
}

/** The server's messages quote values, so that only its numbers stay, with the place where the error was met. */
function withoutMessage({ number, state, code }: MysqlFacts, cause: unknown): Error {
  const error = new Error(`${code || 'MySQL error'} (${number}, ${state})`)
  const frames = cause instanceof Error ? /\n {4}at [^]*$/.exec(cause.stack ?? '')?.[0] : undefined
  error.stack = `${error.name}: ${error.message}${frames ?? ''}`
  return Object.assign(error, { errno: number, sqlState: state, code })
}

function fieldsOf({ table, constraint, columns }: NamesInError, names: SqlNames): readonly string[] {
  const known = constraint === undefined ? undefined : names.constraintFields(table, constraint)
  if (known !== undefined && known.length > 0) return known
  return (columns ?? []).map((column) => names.field(table, column))
}
