import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach } from 'vitest'
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import type { Filter } from '../../src/filters/filter.ts'
import type { ListQuery, LockOptions } from '../../src/repository/repository.ts'
import { cached, type CachedRepository } from '../../src/cache/index.ts'
import {
  connectPostgres,
  softDelete,
  SqlRepository,
  tenantScope,
  uuidKey,
  versioned,
  type CreateOf,
  type PatchOf,
  type PostgresDatabase,
  type RowOf,
} from '../../src/sql/index.ts'
import { signal, useDatabase } from './postgres.ts'

export const notes = pgTable('notes', {
  ...uuidKey(),
  title: text('title').notNull(),
  stars: integer('stars').notNull(),
  at: timestamp('at', { withTimezone: true, precision: 3 }),
  ...versioned(),
  ...softDelete(),
})
export type Note = RowOf<typeof notes>

/** Its keys are compared by what they look like: a letter with its accent is equal to the letter followed by the accent. */
export const words = pgTable('words', { id: text('id').primaryKey(), stars: integer('stars').notNull() })

export const memos = pgTable('memos', { ...uuidKey(), title: text('title').notNull(), ...tenantScope() })

const notesDdl = sql.raw(`
  create table notes (id uuid primary key, title text not null unique, stars integer not null, at timestamptz(3), version integer not null default 1,
    deleted_at timestamptz(3), deleted_by text);
  create collation alike (provider = icu, locale = 'und', deterministic = false);
  create table words (id text collate alike primary key, stars integer not null);
  create table memos (id uuid primary key, title text not null, tenant_id text not null)
`)

/** Where a read stands after the database has answered and before the caller hears of it. */
export interface Gate {
  /** The answer is there. */
  readonly reached: Promise<void>
  /** Lets it pass. */
  open(): void
}

/** Notes of a database whose next read can be held back with its answer. Reads are not joined, so that statements can be counted. */
export class GatedNotes extends SqlRepository<typeof notes> {
  #next: { reached: () => void; passes: Promise<void> } | undefined

  constructor(database: PostgresDatabase) {
    super(database, notes, { joinReads: false })
  }

  /** The next `find` or `list` waits at the gate. */
  holdNext(): Gate {
    const reached = signal()
    const passes = signal()
    this.#next = { reached: reached.send, passes: passes.promise }
    return { reached: reached.promise, open: passes.send }
  }

  override async find(id: string, options?: LockOptions): Promise<Note | undefined> {
    const gate = this.#take()
    return await held(gate, super.find(id, options))
  }

  override async list(query?: ListQuery<Note>, options?: LockOptions): Promise<Note[]> {
    const gate = this.#take()
    return await held(gate, super.list(query, options))
  }

  override async findOne(where: Filter<Note>, options?: LockOptions): Promise<Note | undefined> {
    const gate = this.#take()
    return await held(gate, super.findOne(where, options))
  }

  #take() {
    const gate = this.#next
    this.#next = undefined
    return gate
  }
}

async function held<Answer>(gate: { reached: () => void; passes: Promise<void> } | undefined, answer: Promise<Answer>): Promise<Answer> {
  const value = await answer
  gate?.reached()
  await gate?.passes
  return value
}

/** Counts the statements that a connection with `echo` sends; `since` is how many came since it was last asked. */
class StatementCount {
  #texts: string[] = []
  readonly logger: DatabaseLogger = {
    debug: () => {},
    info: (fields) => void ('sql' in fields && this.#texts.push(String(fields.sql))),
    warn: () => {},
    error: () => {},
  }

  since(): number {
    return this.#texts.splice(0).length
  }
}

let number = 0

/** A new note with a title of its own. */
export function newNote(fields: { stars?: number; at?: Date } = {}) {
  number += 1
  return { title: `note ${number}`, stars: 0, ...fields }
}

/** Notes behind a cache; for one test. */
export interface CachedNotes {
  readonly url: string
  readonly database: PostgresDatabase
  readonly source: GatedNotes
  readonly notes: CachedRepository<Note, string, CreateOf<typeof notes>, PatchOf<typeof notes>>
  /** How many statements came since it was last asked. */
  statements(): number
}

/** A database for the file, and for each test an empty table with a cache of its own. */
export function useCachedNotes(): () => CachedNotes {
  const { url, connect } = useDatabase()
  let current: CachedNotes | undefined
  beforeAll(async () => {
    const setup = connectPostgres(url())
    await setup.execute(notesDdl)
    await setup.close()
  })
  beforeEach(async () => {
    const count = new StatementCount()
    const database = connect({ echo: true, logger: count.logger, cursorSecret: 'a secret of at least thirty-two characters' })
    const source = new GatedNotes(database)
    await source.deleteMany({ id: { isNotNull: true } })
    count.since()
    current = { url: url(), database, source, notes: cached(source, { ttlMs: 60_000 }), statements: () => count.since() }
  })
  return () => {
    if (current === undefined) throw new Error('The notes are there in tests only.')
    return current
  }
}
