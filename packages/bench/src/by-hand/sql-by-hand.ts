import pg from 'pg'
import postgres from 'postgres'

export type DriverName = 'postgres' | 'pg'

export const drivers = ['postgres', 'pg'] as const

/** A driver as one would use it by hand. */
export interface SqlByHand {
  /** One prepared statement; `name` is its own. */
  run(name: string, text: string, values: readonly Value[]): Promise<readonly unknown[]>
}

export type Value = string | number | readonly string[] | readonly number[]

export interface SqlByHandOptions {
  readonly url: string
  readonly poolSize: number
  /** How many statements will be under way at once. */
  readonly width: number
}

export function openSqlByHand(driver: DriverName, options: SqlByHandOptions, cleanUp: AsyncDisposableStack): SqlByHand {
  return driver === 'pg' ? openPg(options, cleanUp) : openPostgres(options, cleanUp)
}

function openPg({ url, poolSize }: SqlByHandOptions, cleanUp: AsyncDisposableStack): SqlByHand {
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  cleanUp.defer(async () => pool.end())
  return { run: async (name, text, values) => (await pool.query({ name, text, values: [...values] })).rows }
}

/**
 * The driver's own pool slows down for good once it is saturated (the sustained bench shows it), so under load the baseline is given
 * one instance per connection, taken in turn: the fastest way to use this driver that was found. Alone, its pool is as it comes.
 */
function openPostgres({ url, poolSize, width }: SqlByHandOptions, cleanUp: AsyncDisposableStack): SqlByHand {
  const count = width === 1 ? 1 : poolSize
  const instances = Array.from({ length: count }, () => postgres(url, { max: poolSize / count, onnotice: () => {} }))
  for (const instance of instances) cleanUp.defer(async () => instance.end({ timeout: 1 }))
  let turn = 0
  return {
    run: async (_name, text, values) => {
      turn = (turn + 1) % count
      return (await instances[turn]?.unsafe(text, [...values], { prepare: true })) ?? []
    },
  }
}
