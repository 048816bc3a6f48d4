import { and, eq, sql } from 'drizzle-orm'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { idempotencyTable, type IdempotencyRow } from './idempotency-table.ts'

/** Queries over idempotency keys; they are claimed by `OrderPlacer` and answered by `OrderMover`. */
export class IdempotencyRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async find(userId: string, key: string): Promise<IdempotencyRow | undefined> {
    const [row] = await this.#database.drizzle
      .select()
      .from(idempotencyTable)
      .where(and(eq(idempotencyTable.userId, userId), eq(idempotencyTable.key, key)))
      .limit(1)
    return row
  }

  /** Forgets answered keys older than a day, at most 10,000 at a time; answers how many. */
  async purge(): Promise<number> {
    const rows = await this.#database.execute(sql`
      delete from idempotency_keys where (user_id, key) in (
        select user_id, key from idempotency_keys
        where created_at < now() - interval '24 hours' and (body is not null or refusal is not null)
        limit 10000)
      returning 1 as purged`)
    return rows.length
  }
}
