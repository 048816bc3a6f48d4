import { is, SQL, sql } from 'drizzle-orm'
import { uniqueIndex, type AnyMySqlColumn, type IndexBuilder } from 'drizzle-orm/mysql-core'
import { sqlText } from '../sql-text.ts'

const name = 'live_mark'

/** The last part of a unique key that leaves deleted rows out: it is null for them, and no two nulls are alike. */
export const liveMark: SQL = sql.raw(`\`${name}\``)

/**
 * For `create table`: neither database has partial unique indexes on both, so a column that is computed from `deleted_at`
 * joins the key. It takes no room, no statement writes it, and `select *` does not show it.
 */
export const liveMarkColumn = `${name} tinyint generated always as (case when deleted_at is null then 1 end) virtual invisible`

/** A unique key among live rows: `unique key name (…, live_mark)` in the database, with `liveMarkColumn` beside. */
export function liveUnique(indexName: string): { on(...columns: [AnyMySqlColumn, ...AnyMySqlColumn[]]): IndexBuilder } {
  return { on: (...columns) => uniqueIndex(indexName).on(...columns, liveMark) }
}

export function isLiveMark(part: unknown): boolean {
  return is(part, SQL) && sqlText(part).includes(name)
}
