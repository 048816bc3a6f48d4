import { and, eq, isNull, sql } from 'drizzle-orm'
import type { PostgresDatabase, SqlTransaction } from '@polystore/db-core/sql'
import { idempotencyTable, type IdempotencyRow, type StoredAnswer } from './idempotency-table.ts'

export interface KeyClaim {
  readonly userId: string
  readonly key: string
  readonly fingerprint: string
  readonly orderId: string
}

/** Queries over idempotency keys. */
export class IdempotencyRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Takes the key for this order; false when it is taken. Waits for a transaction that is taking it just now. */
  async claim(claim: KeyClaim, tx: SqlTransaction): Promise<boolean> {
    const rows = await tx.drizzle.insert(idempotencyTable).values(claim).onConflictDoNothing().returning({ key: idempotencyTable.key })
    return rows.length === 1
  }

  async find(userId: string, key: string): Promise<IdempotencyRow | undefined> {
    const [row] = await this.#database.drizzle
      .select()
      .from(idempotencyTable)
      .where(and(eq(idempotencyTable.userId, userId), eq(idempotencyTable.key, key)))
      .limit(1)
    return row
  }

  /** The first answer stands; a later one changes nothing. */
  async storeAnswer(orderId: string, answer: StoredAnswer, tx: SqlTransaction): Promise<void> {
    await tx.drizzle
      .update(idempotencyTable)
      .set({ answer })
      .where(and(eq(idempotencyTable.orderId, orderId), isNull(idempotencyTable.answer)))
  }

  /** Forgets answered keys older than a day, at most 10,000 at a time; answers how many. */
  async purge(): Promise<number> {
    const rows = await this.#database.execute(sql`
      delete from idempotency_keys where (user_id, key) in (
        select user_id, key from idempotency_keys
        where created_at < now() - interval '24 hours' and answer is not null
        limit 10000)
      returning 1 as purged`)
    return rows.length
  }
}
