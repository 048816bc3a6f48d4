import type { Role } from '@polystore/contracts'
import type { Transaction } from '@polystore/db-core'
import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import { and, count, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import { userTable } from '../users/user-table.ts'
import { apiKeyTable, type ApiKeyRow } from './api-key-table.ts'

export type NewApiKey = Pick<ApiKeyRow, 'userId' | 'name' | 'prefix' | 'hash' | 'scopes'> & { readonly expiresInDays: number }

/** A key that may be used now, and the roles of its owner. */
export interface UsableApiKey {
  readonly apiKey: ApiKeyRow
  readonly roles: Role[]
}

const usable = and(isNull(apiKeyTable.revokedAt), gt(apiKeyTable.expiresAt, sql`now()`))
const usedLately = sql`now() - interval '5 minutes'`
/** Owners see for a while what has become of a key. */
const keptAfterEnd = sql`now() - interval '30 days'`

/** Queries over API keys. Whether a key has expired is decided by the clock of the database. */
export class ApiKeyRepository extends SqlRepository<typeof apiKeyTable> {
  constructor(database: PostgresDatabase) {
    super(database, apiKeyTable)
  }

  async countUsable(userId: string, tx: Transaction): Promise<number> {
    const owned = and(eq(apiKeyTable.userId, userId), usable)
    const [row] = await this.db(tx).select({ keys: count() }).from(apiKeyTable).where(owned)
    return row?.keys ?? 0
  }

  async createApiKey({ expiresInDays, ...key }: NewApiKey, tx: Transaction): Promise<ApiKeyRow> {
    const expiresAt = sql`now() + make_interval(days => ${expiresInDays})`
    const [row] = await this.db(tx)
      .insert(apiKeyTable)
      .values({ ...key, expiresAt })
      .returning()
    if (row === undefined) throw new Error('an insert answered no row')
    return row
  }

  /** Undefined for a key that was never made, has expired or was revoked, or whose owner may not sign in. */
  async findUsable(hash: string): Promise<UsableApiKey | undefined> {
    const owner = and(eq(userTable.id, apiKeyTable.userId), userTable.active, isNull(userTable.deletedAt))
    const [row] = await this.db()
      .select({ apiKey: apiKeyTable, roles: userTable.roles })
      .from(apiKeyTable)
      .innerJoin(userTable, owner)
      .where(and(eq(apiKeyTable.hash, hash), usable))
      .limit(1)
    return row
  }

  /** Writes down that the key is used, unless that was done in the last five minutes. */
  async recordUse(id: string): Promise<void> {
    await this.db()
      .update(apiKeyTable)
      .set({ lastUsedAt: sql`now()` })
      .where(and(eq(apiKeyTable.id, id), or(isNull(apiKeyTable.lastUsedAt), lt(apiKeyTable.lastUsedAt, usedLately))))
  }

  /** False when it was revoked before. */
  async revoke(id: string, tx: Transaction): Promise<boolean> {
    const rows = await this.db(tx)
      .update(apiKeyTable)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKeyTable.id, id), isNull(apiKeyTable.revokedAt)))
      .returning({ id: apiKeyTable.id })
    return rows.length === 1
  }

  /** Clears away at most `limit` keys that ended a month ago; answers how many. */
  async purgeEnded(limit: number): Promise<number> {
    const ended = this.db()
      .select({ id: apiKeyTable.id })
      .from(apiKeyTable)
      .where(or(lt(apiKeyTable.expiresAt, keptAfterEnd), lt(apiKeyTable.revokedAt, keptAfterEnd)))
      .limit(limit)
      .for('update', { skipLocked: true })
    const purged = await this.db()
      .delete(apiKeyTable)
      .where(sql`${apiKeyTable.id} in ${ended}`)
      .returning({ id: apiKeyTable.id })
    return purged.length
  }
}
