import { describe, expect, test, vi } from 'vitest'
import { migrateUp } from '../src/migrations/runner/migrate-up.ts'
import { planMigrations } from '../src/migrations/runner/plan-migrations.ts'
import type { MigrationSession } from '../src/migrations/sql/migration-session.ts'
import { startMigrationProcess } from './support/migration-process.ts'
import type { MigrationFiles, MigrationWorld } from './support/migration-world.ts'
import { createPostgresWorld } from './support/postgres-migrations.ts'
import { failureOf } from './support/postgres.ts'

const makeA = { up: 'create table a (id int); insert into a select generate_series(1, 100)', down: 'drop table a' }
const concurrently = {
  up: '-- transaction: off\ncreate unique index concurrently a_id on a (id)',
  down: '-- transaction: off\ndrop index concurrently a_id',
}
const indexed: MigrationFiles = { '0001-make-a': makeA, '0002-index': concurrently }

const soon = { timeout: 10_000, interval: 20 }

/** A transaction of somebody else that has used a table. */
async function holdTable(world: MigrationWorld, lock: string): Promise<MigrationSession> {
  const holder = await world.connect()
  await holder.script(`begin; lock table a in ${lock} mode`)
  return holder
}

/** Sessions of runs that wait inside a statement with this text. */
async function waiting(world: MigrationWorld, text: string): Promise<number> {
  const [row] = await world.sql(
    `select count(*)::int as n from pg_stat_activity where application_name = 'polystore-migrations'
      and datname = current_database() and wait_event_type = 'Lock' and state = 'active' and query like '${text}%'`,
  )
  return Number(row?.['n'])
}

const waitingFor = (world: MigrationWorld, text: string) => vi.waitFor(async () => expect(await waiting(world, text)).toBe(1), soon)

async function indexesOfA(world: MigrationWorld): Promise<Record<string, unknown>[]> {
  return world.sql("select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indrelid = 'a'::regclass")
}

describe('the lock of migrations', () => {
  test('a run gives up in time while another holds it, and holds no transaction meanwhile', async () => {
    const world = await createPostgresWorld(indexed)
    const holder = await world.connect()
    await holder.rows('select pg_advisory_lock(7263190451)')
    const options = { url: world.url, sources: { postgres: { folder: world.folder } }, waitMs: 700 }
    expect((await failureOf(migrateUp(options))).message).toContain('holds the lock')
    expect(
      await world.sql(
        "select count(*)::int as n from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()",
      ),
    ).toEqual([{ n: 0 }])
    await holder.rows('select pg_advisory_unlock(7263190451)')
    expect((await world.up()).changed).toEqual(['0001-make-a', '0002-index'])
  })

  test('a run that polls does not hinder CREATE INDEX CONCURRENTLY of the holder', async () => {
    const world = await createPostgresWorld(indexed)
    await world.up({ target: '1' })
    const reader = await holdTable(world, 'row exclusive')
    const first = world.up()
    await waitingFor(world, 'create unique index concurrently')
    const second = world.up()
    const polled = async () => {
      const rows = await world.sql(
        "select query_start from pg_stat_activity where datname = current_database() and state = 'idle' and query like '%pg_try_advisory_lock%'",
      )
      return JSON.stringify(rows)
    }
    await vi.waitFor(async () => expect(await polled()).not.toBe('[]'), soon)
    const before = await polled()
    await vi.waitFor(async () => expect(await polled()).not.toBe(before), soon)
    await reader.script('commit')
    expect((await first).changed).toEqual(['0002-index'])
    expect((await second).changed).toEqual([])
    expect(world.lines.filter((line) => line === 'another run is at work; waiting for its end')).toHaveLength(1)
  })

  test('a table that a long transaction holds is tried again, so that traffic behind it passes', async () => {
    const world = await createPostgresWorld({ '0001-make-a': makeA, '0002-alter-a': { up: 'alter table a add column n int' } })
    await world.up({ target: '1' })
    const holder = await holdTable(world, 'access share')
    const run = world.up()
    await vi.waitFor(
      () => expect(world.lines.join('\n')).toContain('0002-alter-a: a lock was not free in time, trying again (1 of 8)'),
      soon,
    )
    await holder.script('commit')
    expect((await run).changed).toEqual(['0002-alter-a'])
    expect((await world.history()).map(({ event }) => event)).toEqual(['applied', 'applied'])
  })
})

describe('statements that stand alone', () => {
  test('a failed unique index leaves no invalid index behind, for that would refuse writes', async () => {
    const world = await createPostgresWorld(indexed)
    await world.up({ target: '1' })
    await world.sql('insert into a values (1)')
    const failure = await failureOf(world.up())
    expect(failure.message).toContain('0002-index failed in up.sql, line 2')
    expect(failure.message).toContain('a_id')
    expect(await indexesOfA(world)).toEqual([])
    expect((await world.status()).migrations[1]).toMatchObject({ state: 'pending' })
  })

  test('an invalid index that something else left is drift, and is dropped before the index is built', async () => {
    const world = await createPostgresWorld(indexed)
    await world.up({ target: '1' })
    await world.sql('insert into a values (1)')
    const somebody = await world.connect()
    await failureOf(somebody.script('create unique index concurrently a_id on a (id)'))
    expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: false }])
    expect(await world.status()).toMatchObject({
      exitCode: 3,
      drift: [{ object: 'index a.a_id', found: expect.stringContaining('(invalid)') }],
    })
    await world.sql('delete from a where ctid = (select max(ctid) from a)')
    expect(await world.up()).toMatchObject({ changed: ['0002-index'], exitCode: 0, drift: [] })
    expect(world.lines.join('\n')).toContain('dropped the invalid index public.a_id')
    expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: true }])
  })

  test('a build that the server ended half-way is made anew, a drop that it ended is finished', async () => {
    const world = await createPostgresWorld(indexed)
    await world.up({ target: '1' })
    await endServerSide(world, { run: () => world.up(), text: 'create unique index concurrently' })
    expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: false }])
    expect((await world.status()).migrations[1]).toMatchObject({ state: 'unfinished' })
    expect(await world.up()).toMatchObject({ changed: ['0002-index'], exitCode: 0, drift: [] })
    expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: true }])
    await endServerSide(world, { run: () => world.down(), text: 'drop index concurrently' })
    expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: false }])
    expect(await world.down()).toMatchObject({ changed: ['0002-index'], exitCode: 2, drift: [] })
    expect(await indexesOfA(world)).toEqual([])
  })

  test(
    'a process killed during a build whose server goes on: the next run waits for it and does not build again',
    { timeout: 30_000 },
    async () => {
      const world = await createPostgresWorld(indexed)
      await world.up({ target: '1' })
      const reader = await holdTable(world, 'row exclusive')
      const replica = startMigrationProcess(world, 'postgres')
      await waitingFor(world, 'create unique index concurrently')
      await replica.kill()
      const next = world.up()
      await reader.script('commit')
      expect(await next).toMatchObject({ changed: ['0002-index'], exitCode: 0, drift: [] })
      expect(world.lines.join('\n')).toContain('line 2 had been run to its end')
      expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: true }])
    },
  )

  test('what others change meanwhile is not taken for its work, and one that was begun cannot be exchanged', async () => {
    const world = await createPostgresWorld(indexed)
    await world.up({ target: '1' })
    await world.sql('insert into a values (1)')
    await endServerSide(world, {
      run: () => world.up(),
      text: 'create unique index concurrently',
      meanwhile: 'create table other (id int)',
    })
    await world.write({ '0002-index': { up: concurrently.up.replace('a_id', 'a_number') } })
    expect(await failureOf(world.up())).toMatchObject({ exitCode: 4, message: expect.stringContaining('first 1 statements') })
    await world.write({ '0002-index': concurrently })
    expect((await failureOf(world.up())).message).toContain('a_id')
    expect((await world.status()).migrations[1]).toMatchObject({ state: 'pending' })
    await world.sql('delete from a where ctid = (select max(ctid) from a)')
    expect(await world.up()).toMatchObject({ changed: ['0002-index'], drift: [{ object: 'column other.id' }, { object: 'table other' }] })
    expect(await indexesOfA(world)).toEqual([{ name: 'a_id', valid: true }])
  })

  test('one that takes long tells every few seconds how far it is and what it waits for', { timeout: 30_000 }, async () => {
    const world = await createPostgresWorld(indexed)
    await world.up({ target: '1' })
    const reader = await holdTable(world, 'row exclusive')
    const run = world.up()
    await vi.waitFor(
      () =>
        expect(world.lines.join('\n')).toMatch(
          /0002-index\/up\.sql, line 2: running for \d+ s, waiting for .*, waiting for session \{\d+\}/,
        ),
      { ...soon, timeout: 20_000 },
    )
    await reader.script('commit')
    expect((await run).exitCode).toBe(0)
  })

  test('an index without a name is refused, and so is a statement that cannot be in a transaction', async () => {
    const world = await createPostgresWorld({
      '0001-make-a': makeA,
      '0002-index': { up: '-- transaction: off\ncreate index concurrently on a (id)' },
    })
    expect((await failureOf(world.up())).message).toContain('Name the index')
    await world.write({ '0002-index': { up: '\ncreate index concurrently a_id on a (id)' } })
    expect((await failureOf(world.up())).message).toContain('line 2: the statement cannot run in a transaction. Say "-- transaction: off"')
  })
})

interface Ending {
  readonly run: () => Promise<unknown>
  readonly text: string
  /** What somebody else does while it waits. */
  readonly meanwhile?: string
}

/** Runs something that waits for a transaction, and has the server end its session in the middle. */
async function endServerSide(world: MigrationWorld, { run, text, meanwhile }: Ending): Promise<void> {
  const reader = await holdTable(world, 'row exclusive')
  const ended = failureOf(run())
  await waitingFor(world, text)
  if (meanwhile !== undefined) await reader.script(meanwhile)
  await world.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '${text}%'`)
  await ended
  await reader.script('commit')
}

test('the plan tells the statements, their rows and their dangers, and changes nothing', async () => {
  const world = await createPostgresWorld({ ...indexed, '0003-drop': { up: 'alter table a drop column id' } })
  await world.up({ target: '1' })
  await world.sql('analyze a')
  const { migrations } = await planMigrations({ url: world.url, sources: { postgres: { folder: world.folder } } })
  expect(migrations).toMatchObject([
    {
      name: '0002-index',
      transaction: false,
      statements: [{ text: 'create unique index concurrently a_id on a (id)', rows: 100 }],
      findings: [],
    },
    { name: '0003-drop', transaction: true, statements: [{ rows: 100 }], findings: [{ file: '0003-drop/up.sql', rule: 'drop-column' }] },
  ])
  expect((await world.status()).migrations.map(({ state }) => state)).toEqual(['applied', 'pending', 'pending'])
})
