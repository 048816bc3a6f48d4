import { LockTimeoutError, RepositoryError, StatementTimeoutError, UnavailableError } from '../../errors/repository-error.ts'
import type { SqlMigrationDialect } from './sql-migration-dialect.ts'

/** What happened and what to do about it, in words that hold no value of a row. */
export function explainFailure(error: unknown, dialect: Pick<SqlMigrationDialect, 'safeMessage'>): string {
  if (error instanceof LockTimeoutError) return `${error.message} Find what holds the table, let it end, and run again.`
  if (error instanceof StatementTimeoutError) return `${error.message} Make it smaller steps, or raise the time-out in the file itself.`
  if (error instanceof UnavailableError) return `${error.message} Run again: the next run continues from what is recorded.`
  if (!(error instanceof RepositoryError)) return error instanceof Error ? error.message : 'unknown error'
  return (error.cause instanceof Error ? dialect.safeMessage(error.cause) : undefined) ?? withCode(error)
}

function withCode(error: RepositoryError): string {
  const { message, constraint, cause } = error
  const where = constraint === undefined ? '' : ` It is about ${constraint}.`
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
  return `${message}${where}${adviceOn(error)}${code}`
}

function adviceOn({ code }: RepositoryError): string {
  switch (code) {
    case 'conflict':
    case 'foreign-key':
    case 'not-null':
    case 'check':
    case 'invalid-value':
      return ' Find and mend the rows that break it, then run again.'
    default:
      return ''
  }
}
