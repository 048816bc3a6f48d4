import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { sql } from 'drizzle-orm'
import { throttleTable } from './throttle-table.ts'

export interface ThrottleState {
  /** Whole seconds, rounded up; 0 when nothing has to be waited for. */
  readonly blockedSeconds: number
}

/** Failures are forgotten after an hour without another one. */
const memory = sql.raw("interval '1 hour'")
/** An address is known to an account for so long after the last login from it. */
const acquaintance = sql.raw("interval '90 days'")
const longestSeconds = 900

/** Queries over counted failures, one statement each, by the clock of the database. */
export class ThrottleRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Of those keys that still say something. */
  async states(keys: readonly string[]): Promise<ReadonlyMap<string, ThrottleState>> {
    const rows = await this.#database.execute<{ key: string; seconds: number }>(sql`
      select key, greatest(0, ceil(extract(epoch from blocked_until - now())))::integer as seconds
      from ${throttleTable} where key = any(${sql.param([...keys])}::text[]) and expires_at > now()`)
    return new Map(rows.map(({ key, seconds }) => [key, { blockedSeconds: seconds }]))
  }

  /** Counts one failure; answers for how many seconds the key is blocked from now on: 1, 2, 4 … after the `free` ones. */
  async addFailure(key: string, free: number, tx: Transaction): Promise<number> {
    const over = sql`${recentFailures} + 1 - ${free}::integer`
    const seconds = sql`case when ${over} >= 0 then least(${longestSeconds}::integer, power(2, least(20, ${over}))) end`
    const [row] = await this.#database.join(tx).execute<{ seconds: number }>(sql`
      insert into ${throttleTable} as throttle (key, failures, last_failed_at, expires_at)
      values (${key}, 1, now(), now() + ${memory})
      on conflict (key) do update set
        failures = ${recentFailures} + 1, last_failed_at = now(), blocked_until = now() + ${seconds} * interval '1 second',
        expires_at = greatest(throttle.expires_at, now() + ${memory})
      returning coalesce(extract(epoch from blocked_until - now()), 0)::integer as seconds`)
    return row?.seconds ?? 0
  }

  async clear(key: string, tx: Transaction): Promise<void> {
    await this.#database.join(tx).affected(sql`delete from ${throttleTable} where key = ${key}`)
  }

  async remember(key: string, tx: Transaction): Promise<void> {
    await this.#database.join(tx).affected(sql`
      insert into ${throttleTable} (key, failures, expires_at) values (${key}, 0, now() + ${acquaintance})
      on conflict (key) do update set
        failures = 0, last_failed_at = null, blocked_until = null, expires_at = excluded.expires_at`)
  }

  async purge(limit: number): Promise<number> {
    return this.#database.affected(sql`
      delete from ${throttleTable} where key in (
        select key from ${throttleTable} where expires_at <= now() order by expires_at limit ${limit} for update skip locked)`)
  }
}

const recentFailures = sql`case when throttle.last_failed_at > now() - ${memory} then throttle.failures else 0 end`
