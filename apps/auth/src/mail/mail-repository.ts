import { randomBytes } from 'node:crypto'
import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { asc, count, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Caller } from '../audit/caller.ts'
import { mailTable, type MailKind, type MailRow } from './mail-table.ts'

export interface MailRequest {
  readonly kind: MailKind
  /** In normalised form. */
  readonly email: string
  readonly caller: Caller
}

/** Where a mail is asked for. */
export interface MailRequests {
  /** It is sent when the transaction has committed; not twice while it waits. */
  request(mail: MailRequest, tx: Transaction): Promise<void>
}

/** 30 s after the first failure, then twice as long each time, up to an hour; longer than one try of sending takes. */
const firstRetrySeconds = 30
const longestRetrySeconds = 3_600

/** Queries over mails that are to be sent. Times are of the database's clock. */
export class MailRepository implements MailRequests {
  readonly #database: PostgresDatabase
  readonly #onRequested: () => void

  /** `onRequested` is called when a request has committed. */
  constructor(database: PostgresDatabase, onRequested: () => void = () => {}) {
    this.#database = database
    this.#onRequested = onRequested
  }

  async request({ kind, email, caller }: MailRequest, tx: Transaction): Promise<void> {
    const { actor, origin } = caller
    const nonce = randomBytes(16).toString('base64url')
    await this.#database
      .join(tx)
      .drizzle.insert(mailTable)
      .values({ kind, email, nonce, actor, ...origin })
      .onConflictDoNothing()
    tx.afterCommit(this.#onRequested, { evenIfUnknown: true })
  }

  /** Whether `limit` mails or more wait. */
  async holds(limit: number): Promise<boolean> {
    const rows = await this.#database.drizzle
      .select({ id: mailTable.id })
      .from(mailTable)
      .limit(1)
      .offset(limit - 1)
    return rows.length === 1
  }

  /** How many mails wait, and for how long the oldest has. */
  async backlog(): Promise<{ readonly waiting: number; readonly oldestSeconds: number }> {
    const oldestSeconds = sql<number>`coalesce(extract(epoch from now() - min(${mailTable.createdAt})), 0)::float8`
    const [row] = await this.#database.drizzle.select({ waiting: count(), oldestSeconds }).from(mailTable)
    return row ?? { waiting: 0, oldestSeconds: 0 }
  }

  /** Takes mails that are due; nobody else is given them until their next try. */
  claim(limit: number): Promise<MailRow[]> {
    const due = this.#database.drizzle
      .select({ id: mailTable.id })
      .from(mailTable)
      .where(lte(mailTable.dueAt, sql`now()`))
      .orderBy(asc(mailTable.dueAt))
      .limit(limit)
      .for('update', { skipLocked: true })
    const pauseSeconds = sql`least(${longestRetrySeconds}, ${firstRetrySeconds} * 2.0 ^ ${mailTable.attempts})`
    return this.#database.drizzle
      .update(mailTable)
      .set({ attempts: sql`${mailTable.attempts} + 1`, dueAt: sql`now() + make_interval(secs => ${pauseSeconds})` })
      .where(inArray(mailTable.id, due))
      .returning()
  }

  async delete(id: number): Promise<void> {
    await this.#database.drizzle.delete(mailTable).where(eq(mailTable.id, id))
  }

  /** Deletes at most `limit` mails that nobody could send for a day; answers how many. */
  async purge(limit: number): Promise<number> {
    const old = this.#database.drizzle
      .select({ id: mailTable.id })
      .from(mailTable)
      .where(lte(mailTable.createdAt, sql`now() - interval '1 day'`))
      .limit(limit)
    const rows = await this.#database.drizzle.delete(mailTable).where(inArray(mailTable.id, old)).returning({ id: mailTable.id })
    return rows.length
  }
}
