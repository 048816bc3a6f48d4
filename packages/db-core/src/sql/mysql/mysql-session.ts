import type { MysqlSettings } from './mysql-options.ts'
import { codePointCollation, onMariadb, onMysql } from './mysql-servers.ts'

/**
 * What every session is told, so that no setting of the server changes what a statement means: refuse what does not fit,
 * UTC, text compared by code points, READ COMMITTED, and limits of time. Messages stay English, for names are read out of some. Answers with the step between counted keys.
 */
export function sessionScript({ statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs }: MysqlSettings): string {
  const lockSeconds = Math.max(1, Math.ceil(lockTimeoutMs / 1000))
  const idleSeconds = Math.max(1, Math.ceil(idleInTransactionTimeoutMs / 1000))
  const ofMariadb = onMariadb(`, max_statement_time = ${statementTimeoutMs / 1000}, idle_transaction_timeout = ${idleSeconds}`)
  const ofMysql = onMysql(`, max_execution_time = ${Math.ceil(statementTimeoutMs)}`)
  return [
    `set names utf8mb4 ${codePointCollation}`,
    [
      `set session sql_mode = '${sqlModes.join(',')}'`,
      `time_zone = '+00:00'`,
      `lc_messages = 'en_US'`,
      `innodb_lock_wait_timeout = ${lockSeconds}`,
      `lock_wait_timeout = ${lockSeconds} ${ofMariadb}${ofMysql}`,
    ].join(', '),
    'set session transaction isolation level read committed, read write',
    'select @@auto_increment_increment',
  ].join('; ')
}

const sqlModes = [
  'STRICT_ALL_TABLES',
  'ONLY_FULL_GROUP_BY',
  'NO_BACKSLASH_ESCAPES',
  'NO_ZERO_DATE',
  'NO_ZERO_IN_DATE',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'NO_ENGINE_SUBSTITUTION',
]
