import type { SqlErrors } from '../../sql/sql-errors.ts'
import { mysqlErrors } from '../../sql/mysql/mysql-errors.ts'

/** The server's words for a failure, where they cannot quote a row, by the cause that db-core gives on without them. */
const wordsOf = new WeakMap<Error, string>()

/** As for every statement, but the words of failures of structure are kept: who writes a migration has to read them. */
export const mysqlMigrationErrors: SqlErrors = {
  ...mysqlErrors,
  translate(error, names) {
    const translated = mysqlErrors.translate(error, names)
    const words = safeWords(error)
    if (words !== undefined && translated.cause instanceof Error) wordsOf.set(translated.cause, words)
    return translated
  },
}

/** See SqlMigrationDialect.safeMessage. */
export function safeMysqlMessage(cause: Error): string | undefined {
  return wordsOf.get(cause)
}

/** Of class HY000, which holds all sorts of errors: those that speak of names and of nothing else. */
const ofStructure: ReadonlySet<number> = new Set([
  1005, 1007, 1008, 1025, 1075, 1089, 1090, 1118, 1170, 1193, 1215, 1217, 1239, 1293, 1347, 1351, 1356, 1364, 1418, 1442, 1478, 1493, 1494,
  1503, 1506, 1553, 1660, 1716, 1717, 1726, 1728, 1773, 1822, 1825, 1826, 1828, 1829, 1830, 1833, 1834, 1835, 1845, 1846, 1850, 1901, 1904,
  1905, 3105, 3106, 3108, 3730, 3750, 3754, 3755, 3756, 3757, 3758, 3773, 3780, 3812, 3813, 3814, 3815, 3819, 3820, 3822, 3823, 3940, 3959,
  4025, 4092, 4161,
])

/** Class 42 is about syntax, names and rights: it quotes the text of the file at most. */
function safeWords(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const [number, state, message]: readonly unknown[] = ['errno', 'sqlState', 'sqlMessage'].map((key) => Reflect.get(error, key))
  if (typeof number !== 'number' || typeof state !== 'string' || typeof message !== 'string') return undefined
  return state.startsWith('42') || ofStructure.has(number) ? `${message} (${number})` : undefined
}
