import { createPostgresDatabase } from '@polystore/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { clearLeftovers, concernsIndex, requireValidIndex } from '../src/migrations/postgres/postgres-invalid-indexes.ts'
import { postgresMigrationDialect } from '../src/migrations/postgres/postgres-migration-dialect.ts'
import { watchPostgresProgress } from '../src/migrations/postgres/postgres-progress.ts'
import type { MigrationSession } from '../src/migrations/sql/migration-session.ts'
import { failureOf } from './support/mongo.ts'
import { createPostgresWorld } from './support/postgres-migrations.ts'

const invalidIndexes = `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid order by 1`

describe('an index that an interrupted statement has left', () => {
  /** Rows that share a key: each unique index comes out invalid. */
  async function openRows(): Promise<{ session: MigrationSession; invalid: () => Promise<unknown[]> }> {
    const world = await createPostgresWorld({})
    const session = await world.connect()
    await session.script(
      `create schema side; create table things (id int); create table "Odd ""one""" (id int); create table side.things (id int)`,
    )
    for (const table of ['things', '"Odd ""one"""', 'side.things']) await session.script(`insert into ${table} values (1), (1)`)
    return { session, invalid: async () => (await session.rows(invalidIndexes)).map(({ name }) => name) }
  }
  const breakIndex = async (session: MigrationSession, statement: string) =>
    expect(await failureOf(session.script(statement))).toMatchObject({ code: 'conflict' })

  test.each([
    ['create unique index concurrently key on things (id)', 'public.key'],
    ['create unique index concurrently if not exists key on only things (id)', 'public.key'],
    ['CREATE UNIQUE INDEX CONCURRENTLY Key /* why */ ON side.things (id)', 'side.key'],
    ['create unique index concurrently "A Key" on "Odd ""one""" (id)', 'public."A Key"'],
  ])('is dropped before the statement runs again: %s', async (statement, name) => {
    const { session, invalid } = await openRows()
    await breakIndex(session, statement)
    expect(await invalid()).toHaveLength(1)
    await expect(requireValidIndex(session, statement)).rejects.toThrow(
      `The index ${name} came out invalid. Run again: it is dropped and built anew.`,
    )
    expect(await clearLeftovers(session, statement)).toEqual([`dropped the invalid index ${name} that an interrupted run had left`])
    expect(await invalid()).toEqual([])
    expect(await clearLeftovers(session, statement)).toEqual([])
    await requireValidIndex(session, statement)
  })

  test('is found by a statement about the same index alone', async () => {
    const { session, invalid } = await openRows()
    await breakIndex(session, 'create unique index concurrently key on things (id)')
    for (const other of [
      'create unique index concurrently key on side.things (id)',
      'create unique index concurrently other on things (id)',
      'create unique index key on things (id)',
      'drop index concurrently other',
      'reindex table concurrently things',
      'alter table things add b int',
    ]) {
      expect(await clearLeftovers(session, other)).toEqual([])
      await requireValidIndex(session, other)
    }
    expect(await invalid()).toEqual(['key'])
    await requireValidIndex(session, 'drop index concurrently if exists key')
    expect(await clearLeftovers(session, 'drop index concurrently if exists public.key')).toHaveLength(1)
    expect(await invalid()).toEqual([])
  })

  test.each(['reindex index concurrently key', 'reindex table concurrently things', 'reindex (verbose) table concurrently public.things'])(
    'of %s is the new one; the index itself stays',
    async (statement) => {
      const { session, invalid } = await openRows()
      await breakIndex(session, 'create unique index concurrently key on things (id)')
      await breakIndex(session, 'reindex index concurrently key')
      expect(await invalid()).toEqual(['key', 'key_ccnew'])
      await expect(requireValidIndex(session, statement)).rejects.toThrow('The index public.key_ccnew came out invalid.')
      expect(await clearLeftovers(session, statement)).toEqual([
        'dropped the invalid index public.key_ccnew that an interrupted run had left',
      ])
      expect(await invalid()).toEqual(['key'])
    },
  )

  test('without a name cannot be found, so the statement is refused', async () => {
    const { session } = await openRows()
    await expect(clearLeftovers(session, 'create index concurrently on things (id)')).rejects.toThrow('Name the index')
  })

  test.each([
    ['create index concurrently Key on things (id)', 'index public.key', true],
    ['create index concurrently "Key" on things (id)', 'index public.Key', true],
    ['create index concurrently "a""b" on things (id)', 'index public.a"b', true],
    ['drop index concurrently if exists side.key', 'index side.key', true],
    ['drop index concurrently key', 'index public.other', false],
    ['drop index concurrently key', 'table public.key', false],
    ['reindex table concurrently things', 'index public.key', undefined],
    ['drop index key', 'index public.key', undefined],
  ])('%s has made %s: %j', (statement, object, concerns) => {
    expect(concernsIndex(statement, object)).toBe(concerns)
  })
})

describe('the progress of a statement', () => {
  const soon = { timeout: 10_000 }

  test('is nothing while nobody holds the lock of migrations, and while its holder does nothing', async () => {
    const { url, drop } = await createPostgresDatabase()
    onTestFinished(async () => void (await drop()))
    const watch = await watchPostgresProgress(url)
    onTestFinished(() => watch.close())
    expect(await watch.read()).toBeUndefined()
    const holder = await postgresMigrationDialect.open(url, 5000)
    onTestFinished(() => holder.close())
    expect(await postgresMigrationDialect.tryLock(holder)).toBe(true)
    expect(await watch.read()).toBeUndefined()
  })

  test('tells what it waits for, and how much of an index is built', async () => {
    const world = await createPostgresWorld({})
    const [holder, blocker] = [await world.connect(), await world.connect()]
    const watch = await watchPostgresProgress(world.url)
    onTestFinished(() => watch.close())
    await holder.script(`
      set lock_timeout = 0;
      create table things (id int, words text);
      insert into things select n, repeat('x', 1000) from generate_series(1, 1000) n;
      create function slow(id int) returns int immutable language plpgsql as
        $$ begin if id = 500 then perform pg_advisory_xact_lock(4711); end if; return id; end $$`)
    await postgresMigrationDialect.tryLock(holder)
    const [me] = await blocker.rows('select pg_backend_pid() as pid')
    await blocker.script('begin; lock table things')
    const altering = holder.script('alter table things add note text')
    await vi.waitFor(async () => expect(await watch.read()).toBe(`waiting for session {${String(me?.['pid'])}}`), soon)
    await blocker.script('commit')
    await altering
    await blocker.script('select pg_advisory_lock(4711)')
    const building = holder.script('create index things_slow on things (slow(id))')
    const part = /^building index: scanning table \((\d+) % of \d+ blocks\), waiting for session \{\d+\}$/
    await vi.waitFor(async () => expect(await watch.read()).toMatch(part), soon)
    const percent = Number(part.exec((await watch.read()) ?? '')?.[1])
    expect(percent).toBeGreaterThan(30)
    expect(percent).toBeLessThan(70)
    await blocker.script('select pg_advisory_unlock(4711)')
    await building
    expect(await watch.read()).toBeUndefined()
  })
})
