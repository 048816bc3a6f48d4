import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { and, eq, gt, inArray, isNull, lt, ne, sql } from 'drizzle-orm'
import { linkTable, type LinkPurpose, type LinkRow } from './link-table.ts'

export type NewLink = Pick<LinkRow, 'hash' | 'userId' | 'purpose' | 'email'>

/** A link as somebody presents it. */
export interface PresentedLink {
  readonly hash: string
  readonly purpose: LinkPurpose
}

/** Queries over links. Times are of the database's clock. */
export class LinkRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Its life begins now, also when it was made for an earlier try of its mail. Answers whether it is new. */
  async add(link: NewLink, lifeSeconds: number, tx: Transaction): Promise<boolean> {
    const expiresAt = sql`now() + make_interval(secs => ${lifeSeconds})`
    const [row] = await this.#db(tx)
      .insert(linkTable)
      .values({ ...link, expiresAt })
      .onConflictDoUpdate({ target: linkTable.hash, set: { expiresAt }, setWhere: isNull(linkTable.usedAt) })
      // Only a row that was inserted has no transaction that locked or replaced it.
      .returning({ isNew: sql<boolean>`xmax = 0` })
    return row?.isNew ?? false
  }

  /** Whether the user was sent another link for this in the last seconds. */
  async hasRecent({ userId, purpose, hash }: Omit<NewLink, 'email'>, seconds: number): Promise<boolean> {
    const since = sql`now() - make_interval(secs => ${seconds})`
    const others = and(eq(linkTable.userId, userId), eq(linkTable.purpose, purpose), ne(linkTable.hash, hash))
    const rows = await this.#database.drizzle
      .select({ hash: linkTable.hash })
      .from(linkTable)
      .where(and(others, gt(linkTable.createdAt, since)))
      .limit(1)
    return rows.length === 1
  }

  /** The link, when it could be used now. */
  async findUsable(link: PresentedLink): Promise<LinkRow | undefined> {
    const [row] = await this.#database.drizzle.select().from(linkTable).where(usable(link)).limit(1)
    return row
  }

  /** True for the one caller who uses it; false for all others, and when it is unknown or expired. */
  async use(link: PresentedLink, tx: Transaction): Promise<boolean> {
    const rows = await this.#db(tx)
      .update(linkTable)
      .set({ usedAt: sql`now()` })
      .where(usable(link))
      .returning({ hash: linkTable.hash })
    return rows.length === 1
  }

  /** No link of this purpose that the user was sent before works any more. */
  async endAll(userId: string, purpose: LinkPurpose, tx: Transaction): Promise<void> {
    await this.#db(tx)
      .update(linkTable)
      .set({ usedAt: sql`now()` })
      .where(and(eq(linkTable.userId, userId), eq(linkTable.purpose, purpose), isNull(linkTable.usedAt)))
  }

  /** Deletes at most `limit` links that expired a day ago or earlier; answers how many. */
  async purge(limit: number): Promise<number> {
    const dead = this.#database.drizzle
      .select({ hash: linkTable.hash })
      .from(linkTable)
      .where(lt(linkTable.expiresAt, sql`now() - interval '1 day'`))
      .limit(limit)
    const rows = await this.#database.drizzle.delete(linkTable).where(inArray(linkTable.hash, dead)).returning({ hash: linkTable.hash })
    return rows.length
  }

  #db(tx: Transaction): PostgresDatabase['drizzle'] {
    return this.#database.join(tx).drizzle
  }
}

function usable({ hash, purpose }: PresentedLink) {
  return and(eq(linkTable.hash, hash), eq(linkTable.purpose, purpose), isNull(linkTable.usedAt), gt(linkTable.expiresAt, sql`now()`))
}
