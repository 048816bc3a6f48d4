import { sql } from 'drizzle-orm'
import { uniqueIndex, type AnySQLiteColumn, type IndexBuilder } from 'drizzle-orm/sqlite-core'

/** A unique key among live rows: what a deleted row held is free again. In the database: `where deleted_at is null`. */
export function liveUnique(name: string): { on(...columns: [AnySQLiteColumn, ...AnySQLiteColumn[]]): IndexBuilder } {
  return { on: (...columns) => uniqueIndex(name).on(...columns).where(sql`deleted_at is null`) } // prettier-ignore
}
