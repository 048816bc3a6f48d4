import { sql } from 'drizzle-orm'
import { index, uniqueIndex, type AnyPgColumn, type IndexBuilder } from 'drizzle-orm/pg-core'
import { wordList } from './postgres-search.ts'

interface IndexOf {
  on(...columns: [AnyPgColumn, ...AnyPgColumn[]]): IndexBuilder
}

/** A unique key among live rows: what a deleted row held is free again. In the database: `where deleted_at is null`. */
export function liveUnique(name: string): IndexOf {
  return { on: (...columns) => uniqueIndex(name).on(...columns).where(sql`deleted_at is null`) } // prettier-ignore
}

/** The index that serves `search` in these columns, which are the search fields of the repository, in their order. */
export function searchIndex(name: string): IndexOf {
  return { on: (...columns) => index(name).using('gin', wordList(columns.map((column) => ({ column })))) }
}
