import type { SqlOptions, SqlSettings } from '../sql-options.ts'
import { readSqlOptions } from '../sql-options.ts'
import { parseSqliteUrl, type SqliteLocation } from './sqlite-url.ts'

/** A database in memory has one connection, whatever the pool options say. */
export type SqliteOptions = SqlOptions

export interface SqliteSettings extends SqlSettings {
  readonly location: SqliteLocation
}

/** Fills the defaults in. @throws InvalidValueError, which never quotes the URL */
export function readSqliteOptions(url: string, options: SqliteOptions): SqliteSettings {
  const location = parseSqliteUrl(url)
  const settings = readSqlOptions(options)
  if (location.kind === 'file') return { ...settings, location }
  return { ...settings, location, pool: { ...settings.pool, poolSize: 1, maxOverflow: 0 } }
}
