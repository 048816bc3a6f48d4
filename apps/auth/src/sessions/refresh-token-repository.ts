import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase, SqlTransaction } from '@polystore/db-core/sql'
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { refreshTokenTable } from './refresh-token-table.ts'
import { sessionTable } from './session-table.ts'

export interface NewRefreshToken {
  readonly hash: string
  readonly sessionId: string
  /** Days that it may lie unused. */
  readonly idleDays: number
}

/** Whose token it is. */
export interface RefreshTokenOwner {
  readonly sessionId: string
  readonly userId: string
}

export interface KnownRefreshToken extends RefreshTokenOwner {
  /** `recent` was spent within the grace, `spent` before. */
  readonly state: 'unused' | 'expired' | 'recent' | 'spent'
}

const owner = { sessionId: refreshTokenTable.sessionId, userId: sessionTable.userId }

/** Queries over refresh tokens, which it knows by hash only; by the clock of the database. */
export class RefreshTokenRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async add({ hash, sessionId, idleDays }: NewRefreshToken, tx: Transaction): Promise<void> {
    const expiresAt = sql`now() + make_interval(days => ${idleDays})`
    await this.#join(tx).drizzle.insert(refreshTokenTable).values({ hash, sessionId, expiresAt })
  }

  /** Of all who spend one token at once, one is answered; undefined as well for an unknown, spent or expired one. */
  async spend(hash: string, tx: Transaction): Promise<RefreshTokenOwner | undefined> {
    const [spent] = await this.#join(tx)
      .drizzle.update(refreshTokenTable)
      .set({ usedAt: sql`now()` })
      .from(sessionTable)
      .where(
        and(
          eq(refreshTokenTable.hash, hash),
          eq(sessionTable.id, refreshTokenTable.sessionId),
          isNull(refreshTokenTable.usedAt),
          gt(refreshTokenTable.expiresAt, sql`now()`),
        ),
      )
      .returning(owner)
    return spent
  }

  async find(hash: string, graceSeconds: number, tx: Transaction): Promise<KnownRefreshToken | undefined> {
    const state = sql<KnownRefreshToken['state']>`case
      when ${refreshTokenTable.usedAt} > now() - make_interval(secs => ${graceSeconds}) then 'recent'
      when ${refreshTokenTable.usedAt} is not null then 'spent'
      when ${refreshTokenTable.expiresAt} > now() then 'unused'
      else 'expired' end`
    const [known] = await this.#join(tx)
      .drizzle.select({ ...owner, state })
      .from(refreshTokenTable)
      .innerJoin(sessionTable, eq(sessionTable.id, refreshTokenTable.sessionId))
      .where(eq(refreshTokenTable.hash, hash))
      .limit(1)
    return known
  }

  /** Deletes tokens that expired, spent or not, at most `limit`; answers how many. */
  async purgeExpired(limit: number): Promise<number> {
    const { drizzle } = this.#database
    const dead = drizzle
      .select({ hash: refreshTokenTable.hash })
      .from(refreshTokenTable)
      .where(lt(refreshTokenTable.expiresAt, sql`now() - interval '2 days'`))
      .limit(limit)
      .for('update', { skipLocked: true })
    const purged = await drizzle
      .delete(refreshTokenTable)
      .where(sql`${refreshTokenTable.hash} in ${dead}`)
      .returning({ hash: refreshTokenTable.hash })
    return purged.length
  }

  #join(tx: Transaction): SqlTransaction {
    return this.#database.join(tx)
  }
}
