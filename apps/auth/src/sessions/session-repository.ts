import type { Transaction } from '@polystore/db-core'
import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import { and, asc, desc, eq, gt, isNull, lt, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Origin } from '../audit/audit-event.ts'
import { sessionTable, type SessionEnd, type SessionRow } from './session-table.ts'

export interface EndedSessions {
  readonly userId: string
  /** This session only. */
  readonly only?: string
  /** Every session but this one. */
  readonly except?: string | undefined
  readonly reason: SessionEnd
}

const isOpen = and(isNull(sessionTable.endedAt), gt(sessionTable.expiresAt, sql`now()`))

/** Queries over sessions, by the clock of the database. */
export class SessionRepository extends SqlRepository<typeof sessionTable> {
  constructor(database: PostgresDatabase) {
    super(database, sessionTable)
  }

  async open({ userId, origin, days }: { userId: string; origin: Origin; days: number }, tx: Transaction): Promise<SessionRow> {
    const expiresAt = sql`now() + make_interval(days => ${days})`
    const [session] = await this.db(tx)
      .insert(sessionTable)
      .values({ userId, ...origin, expiresAt })
      .returning()
    if (session === undefined) throw new Error('an insert answered no row')
    return session
  }

  /** The session, used now and from there; undefined when it has ended or expired. */
  async use(id: string, origin: Origin, tx: Transaction): Promise<SessionRow | undefined> {
    const [session] = await this.db(tx)
      .update(sessionTable)
      .set({ lastUsedAt: sql`now()`, ...origin })
      .where(and(eq(sessionTable.id, id), isOpen))
      .returning()
    return session
  }

  /** Ids of the sessions that had not ended yet; expired ones are among them, since their last access token may be alive. */
  end({ userId, only, except, reason }: EndedSessions, tx: Transaction): Promise<string[]> {
    const which = and(
      only === undefined ? undefined : eq(sessionTable.id, only),
      except === undefined ? undefined : ne(sessionTable.id, except),
    )
    return this.#end({ userId, which, reason }, tx)
  }

  /** Ends those that were not used for longest, so that `most` are left. */
  endBeyond(most: number, userId: string, tx: Transaction): Promise<string[]> {
    const kept = this.db(tx)
      .select({ id: sessionTable.id })
      .from(sessionTable)
      .where(and(eq(sessionTable.userId, userId), isNull(sessionTable.endedAt)))
      .orderBy(desc(sessionTable.lastUsedAt), desc(sessionTable.id))
      .limit(most)
    return this.#end({ userId, which: sql`${sessionTable.id} not in ${kept}`, reason: 'too-many' }, tx)
  }

  /** The sessions of a user that can still be refreshed, the one used last first. */
  listOpen({ userId, idleDays, limit }: { userId: string; idleDays: number; limit: number }): Promise<SessionRow[]> {
    const isInUse = gt(sessionTable.lastUsedAt, sql`now() - make_interval(days => ${idleDays})`)
    return this.db()
      .select()
      .from(sessionTable)
      .where(and(eq(sessionTable.userId, userId), isOpen, isInUse))
      .orderBy(desc(sessionTable.lastUsedAt), desc(sessionTable.id))
      .limit(limit)
  }

  /** Deletes sessions that were over for two days, at most `limit`; answers how many. Their access tokens are dead by then. */
  async purgeOver(limit: number): Promise<number> {
    const before = sql`now() - interval '2 days'`
    const over = this.db()
      .select({ id: sessionTable.id })
      .from(sessionTable)
      .where(or(lt(sessionTable.expiresAt, before), lt(sessionTable.endedAt, before)))
      .limit(limit)
      .for('update', { skipLocked: true })
    const purged = await this.db()
      .delete(sessionTable)
      .where(sql`${sessionTable.id} in ${over}`)
      .returning({ id: sessionTable.id })
    return purged.length
  }

  async #end(
    { userId, which, reason }: { userId: string; which: SQL | undefined; reason: SessionEnd },
    tx: Transaction,
  ): Promise<string[]> {
    // In one order, so that two that end the same sessions do not wait for each other.
    const ending = this.db(tx)
      .select({ id: sessionTable.id })
      .from(sessionTable)
      .where(and(eq(sessionTable.userId, userId), isNull(sessionTable.endedAt), which))
      .orderBy(asc(sessionTable.id))
      .for('no key update')
    const ended = await this.db(tx)
      .update(sessionTable)
      .set({ endedAt: sql`now()`, endedReason: reason })
      .where(sql`${sessionTable.id} in ${ending}`)
      .returning({ id: sessionTable.id })
    return ended.map(({ id }) => id)
  }
}
