import { maxRevocationsPerPage, type Revocation as ListedRevocation, type RevokedKind } from '@polystore/contracts'
import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { and, asc, gt, lt, sql, type SQL } from 'drizzle-orm'
import { revocationTable } from './revocation-table.ts'

export interface Revocation {
  readonly kind: RevokedKind
  readonly subject: string
}

/** A revocation as it is told, and whether nothing with a smaller id is still to come. */
export type ReadRevocation = ListedRevocation & { readonly isSettled: boolean }

/** Longer than the database lets a transaction of this service live. */
const settledAfterSeconds = 30

/** What was revoked, as the gateway asks for it. */
export class RevocationRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Commits with the change that revokes. */
  async add(revocations: readonly Revocation[], tx: Transaction): Promise<void> {
    if (revocations.length > 0)
      await this.#database
        .join(tx)
        .drizzle.insert(revocationTable)
        .values([...revocations])
  }

  /** The next page after an id, by id, of those that are not older than `keepSeconds`. */
  async after({ id, keepSeconds }: { readonly id: number; readonly keepSeconds: number }): Promise<ReadRevocation[]> {
    const rows = await this.#database.drizzle
      .select({
        id: revocationTable.id,
        kind: revocationTable.kind,
        subject: revocationTable.subject,
        at: revocationTable.at,
        isSettled: sql<boolean>`${revocationTable.at} < ${secondsAgo(settledAfterSeconds)}`,
      })
      .from(revocationTable)
      .where(and(gt(revocationTable.id, id), gt(revocationTable.at, secondsAgo(keepSeconds))))
      .orderBy(asc(revocationTable.id))
      .limit(maxRevocationsPerPage)
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
  }

  /** Clears away at most `limit` that nobody has to know any more; answers how many. */
  async purge(keepSeconds: number, limit: number): Promise<number> {
    const { drizzle } = this.#database
    const old = drizzle
      .select({ id: revocationTable.id })
      .from(revocationTable)
      .where(lt(revocationTable.at, secondsAgo(keepSeconds)))
      .limit(limit)
      .for('update', { skipLocked: true })
    const purged = await drizzle
      .delete(revocationTable)
      .where(sql`${revocationTable.id} in ${old}`)
      .returning({ id: revocationTable.id })
    return purged.length
  }
}

function secondsAgo(seconds: number): SQL {
  return sql`now() - make_interval(secs => ${seconds})`
}
