import pg from 'pg'
import postgres from 'postgres'
import type { NewThing } from '../things/new-things.ts'
import { asThing } from '../things/thing-columns.ts'

type Row = NewThing & { readonly id: string }

export interface BulkWay {
  readonly name: string
  /** Does not ask for the rows as they were stored. */
  readonly lesser?: boolean
  /** All rows or none. */
  readonly insert: (rows: readonly Row[]) => Promise<unknown>
}

// The fastest sizes of those tried: 200 to 20,000 rows for VALUES (a statement has at most 65,534 parameters), 1,000 to 100,000 for arrays.
const rowsOfValues = 5_000
const rowsOfArrays = 20_000

const unnest = 'insert into things (id, name, amount) select * from unnest($1::uuid[], $2::text[], $3::int[])'

/** Every way of many rows that both drivers offer by hand, each in one transaction. */
export function openBulkByHand(url: string, cleanUp: AsyncDisposableStack): BulkWay[] {
  return [...pgWays(url, cleanUp), ...postgresWays(url, cleanUp)]
}

function pgWays(url: string, cleanUp: AsyncDisposableStack): BulkWay[] {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  cleanUp.defer(async () => pool.end())
  const insertAll = async (query: pg.QueryConfig, lists: readonly unknown[][]) => {
    const client = await pool.connect()
    await client.query('begin')
    const rows: unknown[] = []
    for (const values of lists) for (const row of (await client.query({ ...query, values })).rows) rows.push(row)
    await client.query('commit')
    client.release()
    return rows
  }
  const returning = { name: 'things', text: `${unnest} returning ${asThing}` }
  const values = { name: 'values', text: valuesText(rowsOfValues) }
  return [
    { name: 'pg, arrays', insert: async (rows) => insertAll(returning, chunks(rows, rowsOfArrays).map(columns)) },
    { name: 'pg, VALUES', insert: async (rows) => insertAll(values, chunks(rows, rowsOfValues).map(flat)) },
  ]
}

function postgresWays(url: string, cleanUp: AsyncDisposableStack): BulkWay[] {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  cleanUp.defer(async () => sql.end({ timeout: 1 }))
  const insertAll = async (text: string, lists: readonly (readonly string[] | readonly number[])[][]) =>
    sql.begin(async (tx) => {
      const rows: unknown[] = []
      for (const values of lists) for (const row of await tx.unsafe(text, values, { prepare: true })) rows.push(row)
      return rows
    })
  return [
    {
      name: 'postgres, arrays',
      insert: async (rows) => insertAll(`${unnest} returning ${asThing}`, chunks(rows, rowsOfArrays).map(columns)),
    },
    {
      name: 'postgres, arrays, not returned',
      lesser: true,
      insert: async (rows) => insertAll(unnest, chunks(rows, rowsOfArrays).map(columns)),
    },
    {
      name: 'postgres, VALUES',
      insert: async (rows) =>
        sql.begin(async (tx) => {
          const stored: unknown[] = []
          for (const chunk of chunks(rows, rowsOfValues)) {
            const some = await tx`insert into things ${tx(chunk, 'id', 'name', 'amount')} returning ${tx.unsafe(asThing)}`
            for (const row of some) stored.push(row)
          }
          return stored
        }),
    },
  ]
}

function valuesText(rows: number): string {
  const cells = Array.from({ length: rows }, (_, row) => `($${row * 3 + 1}, $${row * 3 + 2}, $${row * 3 + 3})`)
  return `insert into things (id, name, amount) values ${cells.join(', ')} returning ${asThing}`
}

function chunks(rows: readonly Row[], size: number): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size))
}

function columns(rows: readonly Row[]): [string[], string[], number[]] {
  return [rows.map(({ id }) => id), rows.map(({ name }) => name), rows.map(({ amount }) => amount)]
}

function flat(rows: readonly Row[]): unknown[] {
  return rows.flatMap(({ id, name, amount }) => [id, name, amount])
}
