import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { LockTimeoutError, UnavailableError } from '../src/errors/repository-error.ts'
import type { SqliteDatabase, SqliteOptions } from '../src/sql/sqlite/index.ts'
import { failureOf } from './support/postgres.ts'
import { startSqliteProcess } from './support/sqlite-process.ts'
import { countUp, counterOf, createWords, wordsIn } from './support/sqlite-words.ts'
import { useSqliteFile } from './support/sqlite.ts'

const { url, connect } = useSqliteFile()

beforeEach(() => createWords(connect()))

const soundness = async (database: SqliteDatabase) => await database.execute(sql`pragma integrity_check`)
const sound = [{ integrity_check: 'ok' }]

describe('one file and several processes', () => {
  test('writers of two processes take turns, and no update is lost', async () => {
    const database = connect({ lockTimeoutMs: 20_000, statementTimeoutMs: 20_000 })
    const other = await startSqliteProcess(url())
    other.order({ kind: 'count up', times: 150 })
    for (let turn = 0; turn < 150; turn++) await countUp(database)
    expect(await other.heard()).toBe('done')
    expect(await counterOf(database)).toBe(300)
  })

  test('a lock that another process holds is waited for, readers go on, and the event loop turns', async () => {
    const database = connect({ lockTimeoutMs: 20_000, statementTimeoutMs: 20_000 })
    const other = await startSqliteProcess(url())
    other.order({ kind: 'hold' })
    expect(await other.heard()).toBe('holding')
    const waiting = [countUp(database), database.execute(sql`insert into words values ('single')`)]
    expect(await wordsIn(database)).toEqual([])
    await vi.waitFor(() => expect(database.poolHealth()).toMatchObject({ open: 3, idle: 1 }))
    other.order({ kind: 'commit' })
    await Promise.all(waiting)
    expect(await wordsIn(database)).toEqual(['held', 'single'])
    expect(await counterOf(database)).toBe(1)
  })

  test('a lock that is not freed in time is LockTimeout, for transactions and lone statements, and the handle is unharmed', async () => {
    const database = connect({ lockTimeoutMs: 60 })
    const other = await startSqliteProcess(url())
    other.order({ kind: 'hold' })
    expect(await other.heard()).toBe('holding')
    expect(await failureOf(countUp(database))).toBeInstanceOf(LockTimeoutError)
    expect(await failureOf(database.execute(sql`insert into words values (${'refused'})`))).toBeInstanceOf(LockTimeoutError)
    other.order({ kind: 'commit' })
    expect(await other.heard()).toBe('done')
    await countUp(database)
    expect(await wordsIn(database)).toEqual(['held'])
  })

  test('a writer that is killed inside its transaction leaves nothing, and its lock is free', async () => {
    const database = connect()
    for (let round = 0; round < 3; round++) {
      const other = await startSqliteProcess(url())
      other.order({ kind: 'hold' })
      expect(await other.heard()).toBe('holding')
      await other.kill()
      expect(await wordsIn(database)).toEqual([])
      await countUp(database)
    }
    expect(await counterOf(database)).toBe(3)
    expect(await soundness(database)).toEqual(sound)
  })

  test('a writer that is killed between its commits leaves each that it reported, and a sound file', async () => {
    const database = connect()
    const other = await startSqliteProcess(url())
    other.order({ kind: 'commit for ever' })
    const reported: unknown[] = []
    while (reported.length < 40) reported.push(await other.heard())
    await other.kill()
    const kept = await wordsIn(database)
    expect(kept.slice(0, 40)).toEqual(reported)
    expect(await soundness(database)).toEqual(sound)
  })
})

describe('a file that cannot be used', () => {
  const refused = async (options: SqliteOptions, target: string) => {
    const failure = await failureOf(connect(options, target).ping())
    expect(failure).toBeInstanceOf(UnavailableError)
    expect(failure.message).not.toContain(target)
  }

  test('in a directory that is not there is Unavailable', () => refused({}, `${url()}.directory/app.db`))

  test('that another connection holds wholly is waited for when it is opened, and no longer than said', async () => {
    const target = `${url()}.held`
    const holder = new DatabaseSync(fileURLToPath(target.replace('sqlite:', 'file:')))
    holder.exec('begin exclusive')
    expect(await failureOf(connect({ connectTimeoutMs: 60 }, target).ping())).toBeInstanceOf(LockTimeoutError)
    const waiting = connect({}, target).ping()
    await new Promise((resolve) => setImmediate(resolve))
    holder.close()
    await waiting
  })

  test('that is no database is Unavailable', async () => {
    const target = `${url()}.text`
    await writeFile(fileURLToPath(target.replace('sqlite:', 'file:')), 'no database, but longer than the head of one: '.repeat(100))
    await refused({}, target)
  })

  test('that is full ends the transaction, whose later statements do not run outside it', async () => {
    const database = connect({ poolSize: 1, maxOverflow: 0 })
    await database.execute(sql`pragma max_page_count = 20`)
    const attempt = database.transaction(async (tx) => {
      await tx.execute(sql`insert into words values ('before')`)
      await tx.execute(sql`insert into words values (${'x'.repeat(1_000_000)})`).catch(() => {})
      await tx.execute(sql`insert into words values ('after')`).catch(() => {})
    })
    expect(await failureOf(attempt)).toBeInstanceOf(UnavailableError)
    expect(await wordsIn(connect())).toEqual([])
  })
})
