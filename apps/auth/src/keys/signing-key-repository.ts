import type { PostgresDatabase, SqlTransaction } from '@polystore/db-core/sql'
import { and, eq, gt, lte, ne, or, sql } from 'drizzle-orm'
import type { SigningKeyState } from './signing-key.ts'
import { signingKeyTable, type SigningKeyRow } from './signing-key-table.ts'

export type NewSigningKey = Pick<SigningKeyRow, 'id' | 'state' | 'publicKey' | 'sealedPrivateKey'>

/** Serialises every change of the keys; any number that no other code of this database uses. */
const changeLock = 4_001_001

/** Queries over signing keys. */
export class SigningKeyRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** The keys whose tokens may be alive, oldest first. */
  listPublished(tx?: SqlTransaction): Promise<SigningKeyRow[]> {
    return this.#db(tx)
      .select()
      .from(signingKeyTable)
      .where(or(ne(signingKeyTable.state, 'retired'), gt(signingKeyTable.verifyUntil, sql`now()`)))
      .orderBy(signingKeyTable.createdAt, signingKeyTable.id)
      .limit(100)
  }

  /** By the database's clock. */
  async ageOfNextSeconds(): Promise<number> {
    const age = sql<number>`extract(epoch from now() - ${signingKeyTable.createdAt})::float8`
    const [row] = await this.#database.drizzle.select({ age }).from(signingKeyTable).where(eq(signingKeyTable.state, 'next')).limit(1)
    return row?.age ?? 0
  }

  /** Waits, within the statement's deadline, until no other transaction changes the keys. */
  async lockChanges(tx: SqlTransaction): Promise<void> {
    await tx.execute(sql`select pg_advisory_xact_lock(${changeLock})`)
  }

  async insert(key: NewSigningKey, tx: SqlTransaction): Promise<void> {
    await tx.drizzle.insert(signingKeyTable).values(key)
  }

  async promoteNext(tx: SqlTransaction): Promise<void> {
    await tx.drizzle
      .update(signingKeyTable)
      .set({ state: 'current' satisfies SigningKeyState })
      .where(eq(signingKeyTable.state, 'next'))
  }

  async retireCurrent(verifyForSeconds: number, tx: SqlTransaction): Promise<void> {
    await tx.drizzle
      .update(signingKeyTable)
      .set({ state: 'retired', verifyUntil: sql`now() + make_interval(secs => ${verifyForSeconds})` })
      .where(eq(signingKeyTable.state, 'current'))
  }

  async deleteDead(tx: SqlTransaction): Promise<void> {
    await tx.drizzle.delete(signingKeyTable).where(and(eq(signingKeyTable.state, 'retired'), lte(signingKeyTable.verifyUntil, sql`now()`)))
  }

  #db(tx: SqlTransaction | undefined): PostgresDatabase['drizzle'] {
    return tx?.drizzle ?? this.#database.drizzle
  }
}
