import { timestamps, uuidKey } from '@polystore/db-core/sql'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import postgres from 'postgres'

/** What every bench reads and writes. */
export const things = pgTable('things', {
  ...uuidKey(),
  name: text('name').notNull(),
  amount: integer('amount').notNull(),
  ...timestamps(),
})

export interface FillOptions {
  readonly rows: number
  /** Statements after the rows are there: indexes. */
  readonly indexes?: readonly string[]
}

/** Creates the table with generated rows, a second apart; the same rows every time. */
export async function createThings(url: string, { rows, indexes = [] }: FillOptions): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`create table things (id uuid primary key, name text not null, amount integer not null,
    created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now())`
  await sql`insert into things (id, name, amount, created_at, updated_at)
    select (${idPrefix} || lpad(to_hex(n), 12, '0'))::uuid, 'thing ' || n, n, moment, moment
    from generate_series(1, ${rows}::int) as n, lateral (select timestamptz '2020-01-01 00:00:00Z' + n * interval '1 second') as at (moment)`
  for (const index of indexes) await sql.unsafe(index)
  await sql`vacuum analyze things`
  await sql.end()
}

/** The keys that `createThings` gave. */
export function thingIds(rows: number): string[] {
  return Array.from({ length: rows }, (_, index) => thingId(index + 1))
}

function thingId(number: number): string {
  return `${idPrefix}${number.toString(16).padStart(12, '0')}`
}

/** Makes them UUIDs of version 7, which some libraries insist on. */
const idPrefix = '00000000-0000-7000-8000-'

export async function truncateThings(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`truncate things`
  await sql.end()
}
