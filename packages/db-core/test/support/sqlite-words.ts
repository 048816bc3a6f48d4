import { sql } from 'drizzle-orm'
import type { SqliteDatabase } from '../../src/sql/sqlite/index.ts'

/** Two tables: words, and one number that is counted up. */
export async function createWords(database: SqliteDatabase): Promise<void> {
  await database.execute(sql`drop table if exists words; drop table if exists counter`)
  await database.execute(sql`create table words (word text not null) strict; create table counter (n integer not null) strict`)
  await database.execute(sql`insert into counter values (0)`)
}

export async function wordsIn(database: SqliteDatabase): Promise<string[]> {
  return (await database.execute<{ word: string }>(sql`select word from words order by rowid`)).map(({ word }) => word)
}

export async function counterOf(database: SqliteDatabase): Promise<number | undefined> {
  return (await database.execute<{ n: number }>(sql`select n from counter`))[0]?.n
}

/** Reads and writes what it read, which only a transaction that is alone may do. */
export function countUp(database: SqliteDatabase, timeoutMs = 5000): Promise<unknown> {
  return database.transaction(
    async (tx) => {
      const [row] = await tx.execute<{ n: number }>(sql`select n from counter`)
      await tx.execute(sql`update counter set n = ${(row?.n ?? 0) + 1}`)
    },
    { timeoutMs },
  )
}
