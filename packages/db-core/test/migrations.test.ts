import { createPostgresDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { migrate, MigrationError, type MigrateOptions } from '../src/migrations/index.ts'
import { connectPostgres, type PostgresDatabase } from '../src/sql/index.ts'
import { failureOf, signal } from './support/postgres.ts'

interface Files {
  readonly [name: string]: { readonly up: string; readonly down?: string }
}

interface World {
  readonly url: string
  readonly folder: string
  readonly database: PostgresDatabase
  write(files: Files): Promise<void>
  run(command: MigrateOptions['command'], target?: string): ReturnType<typeof migrate>
  tables(): Promise<string[]>
}

/** A fresh database and an empty folder, both gone after the test. */
async function createWorld(files: Files): Promise<World> {
  const { url, drop } = await createPostgresDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'migrations-'))
  const database = connectPostgres(url, { poolSize: 4 })
  onTestFinished(async () => {
    await database.close()
    await drop()
    await rm(folder, { recursive: true })
  })
  const write = async (more: Files) => {
    for (const [name, { up, down }] of Object.entries(more)) {
      await mkdir(path.join(folder, name), { recursive: true })
      await writeFile(path.join(folder, name, 'up.sql'), up)
      if (down !== undefined) await writeFile(path.join(folder, name, 'down.sql'), down)
    }
  }
  await write(files)
  return {
    url,
    folder,
    database,
    write,
    run: (command, target) => migrate({ url, folder, command, target, waitMs: 10_000 }),
    async tables() {
      const rows = await database.execute<{ name: string }>(sql`
        select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`)
      return rows.map(({ name }) => name).filter((name) => name !== 'polystore_migrations')
    },
  }
}

const two: Files = {
  '0001-make-a': { up: 'create table a (id int);\ninsert into a values (1);', down: 'drop table a' },
  '0002-make-b': { up: 'create table b (id int)', down: 'drop table b' },
}

describe('up and down', () => {
  test('up applies what is pending, in order, once', async () => {
    const world = await createWorld(two)
    expect(await world.run('up')).toMatchObject({ changed: ['0001-make-a', '0002-make-b'], exitCode: 0 })
    expect(await world.run('up')).toMatchObject({ changed: [], exitCode: 0 })
    expect(await world.tables()).toEqual(['a', 'b'])
  })

  test('down undoes the last, a count, or down to a name, and up brings it back', async () => {
    const world = await createWorld({ ...two, '0003-make-c': { up: 'create table c (id int)', down: 'drop table c' } })
    await world.run('up')
    expect((await world.run('down')).changed).toEqual(['0003-make-c'])
    expect((await world.run('up')).changed).toEqual(['0003-make-c'])
    expect((await world.run('down', '0001')).changed).toEqual(['0003-make-c', '0002-make-b'])
    expect((await world.run('up', '1')).changed).toEqual(['0002-make-b'])
    expect((await world.run('down', '9')).changed).toEqual(['0002-make-b', '0001-make-a'])
    expect(await world.tables()).toEqual([])
    expect((await world.run('up', '0002-make-b')).changed).toEqual(['0001-make-a', '0002-make-b'])
  })

  test('one that was merged late is applied, not skipped', async () => {
    const world = await createWorld({ '0002-make-b': two['0002-make-b'] ?? { up: '' } })
    await world.run('up')
    await world.write({ '0001-make-a': two['0001-make-a'] ?? { up: '' } })
    expect((await world.run('up')).changed).toEqual(['0001-make-a'])
  })

  test('a file that fails leaves nothing of itself, keeps what came before, and says where', async () => {
    const world = await createWorld({ ...two, '0003-broken': { up: 'create table c (id int); create tabel d ()' } })
    const failure = await failureOf(world.run('up'))
    expect(failure).toBeInstanceOf(MigrationError)
    expect(failure.message).toMatch(/^0003-broken failed: .*tabel.*\(42601\)$/)
    expect(await world.tables()).toEqual(['a', 'b'])
    expect((await world.run('status')).migrations.map(({ state }) => state)).toEqual(['applied', 'applied', 'pending'])
  })

  test('the failure of a file does not quote the data it met', async () => {
    const world = await createWorld({
      '0001-cast': { up: "create table a (t text); insert into a values ('canary-4711'); select t::int from a" },
    })
    const failure = await failureOf(world.run('up'))
    expect(failure.message).toContain('22P02')
    expect(failure.message).not.toContain('canary')
  })

  test('a file that ends its own transaction is refused', async () => {
    const world = await createWorld({ '0001-sneaky': { up: 'create table a (id int); commit; create table b (id int)' } })
    expect((await failureOf(world.run('up'))).message).toContain('ends the transaction')
    expect((await world.run('status')).exitCode).toBe(2)
  })

  test('a migration without a way back is not undone', async () => {
    const world = await createWorld({ '0001-make-a': { up: 'create table a (id int)' } })
    await world.run('up')
    expect((await failureOf(world.run('down'))).message).toBe('0001-make-a has no down.sql.')
    expect(await world.tables()).toEqual(['a'])
  })

  test('a folder with an odd name and an unknown target are refused', async () => {
    const world = await createWorld(two)
    expect((await failureOf(world.run('up', '0009'))).message).toBe('There is no migration 0009.')
    await world.write({ oops: { up: '' } })
    expect((await failureOf(world.run('up'))).message).toContain('oops')
  })
})

describe('status and checksums', () => {
  test('a clean folder is 0, a pending file 2, a missing one 3, a changed one 4', async () => {
    const world = await createWorld(two)
    expect((await world.run('status')).exitCode).toBe(2)
    await world.run('up')
    expect((await world.run('status')).exitCode).toBe(0)
    await rm(path.join(world.folder, '0002-make-b'), { recursive: true })
    expect((await world.run('status')).exitCode).toBe(3)
    await world.write({ '0001-make-a': { up: 'create table a (id bigint)' } })
    expect(await world.run('status')).toMatchObject({ exitCode: 4, migrations: [{ state: 'changed' }, { state: 'missing' }] })
  })

  test('up and down refuse when an applied file was changed', async () => {
    const world = await createWorld(two)
    await world.run('up')
    await world.write({ '0001-make-a': { up: 'create table a (id bigint)' }, '0003-make-c': { up: 'create table c (id int)' } })
    expect(await failureOf(world.run('up'))).toMatchObject({ exitCode: 4, message: expect.stringContaining('0001-make-a') })
    expect(await failureOf(world.run('down'))).toMatchObject({ exitCode: 4 })
    expect(await world.tables()).toEqual(['a', 'b'])
  })

  test('other line ends are no change', async () => {
    const world = await createWorld(two)
    await world.run('up')
    await world.write({ '0001-make-a': { up: 'create table a (id int);  \r\ninsert into a values (1);\r\n' } })
    expect((await world.run('status')).exitCode).toBe(0)
  })

  test('status writes nothing', async () => {
    const world = await createWorld(two)
    await world.run('status')
    expect(await world.database.execute(sql`select to_regclass('polystore_migrations') is null as untouched`)).toEqual([
      { untouched: true },
    ])
  })
})

describe('many at once', () => {
  test('of eight runs that start together each file is applied by one', async () => {
    const world = await createWorld(two)
    const reports = await Promise.all(Array.from({ length: 8 }, () => world.run('up')))
    expect(reports.flatMap(({ changed }) => changed)).toEqual(['0001-make-a', '0002-make-b'])
  })

  test('a run waits for the lock without holding a transaction, and gives up in time', async () => {
    const world = await createWorld(two)
    const held = signal()
    const release = signal()
    const holder = world.database.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(7263190451)`)
      held.send()
      await release.promise
    })
    await held.promise
    const waiting = failureOf(migrate({ url: world.url, folder: world.folder, command: 'up', waitMs: 600 }))
    expect((await waiting).message).toContain('holds the lock')
    release.send()
    await holder
    expect((await world.run('up')).exitCode).toBe(0)
  })

  test('a table that traffic has locked is tried again', async () => {
    const world = await createWorld({ ...two, '0003-alter-a': { up: 'alter table a add column n int' } })
    await world.run('up', '2')
    const locked = signal()
    const release = signal()
    const holder = world.database.transaction(
      async (tx) => {
        await tx.execute(sql`lock table a in access exclusive mode`)
        locked.send()
        await release.promise
      },
      { timeoutMs: 20_000 },
    )
    await locked.promise
    const run = world.run('up')
    await vi.waitFor(async () => expect(await waitsForLock(world)).toBe(true), { timeout: 5000 })
    await vi.waitFor(async () => expect(await waitsForLock(world)).toBe(false), { timeout: 5000 })
    release.send()
    expect((await run).changed).toEqual(['0003-alter-a'])
    await holder
  })
})

async function waitsForLock({ database }: World): Promise<boolean> {
  const [row] = await database.execute<{ waits: boolean }>(sql`
    select count(*) > 0 as waits from pg_stat_activity
    where datname = current_database() and application_name = 'polystore-migrations' and wait_event_type = 'Lock'`)
  return row?.waits ?? false
}

describe('outside a transaction', () => {
  const concurrently = '-- transaction: off\ncreate unique index concurrently a_id on a (id)'

  test('CREATE INDEX CONCURRENTLY runs, and is recorded', async () => {
    const world = await createWorld({
      ...two,
      '0003-index': { up: concurrently, down: '-- transaction: off\ndrop index concurrently a_id' },
    })
    expect((await world.run('up')).changed).toContain('0003-index')
    expect((await world.run('down')).changed).toEqual(['0003-index'])
    expect((await world.run('status')).exitCode).toBe(2)
  })

  test('an index that came out invalid is not recorded, and its rest does not hinder the next try', async () => {
    const world = await createWorld({ ...two, '0003-index': { up: concurrently } })
    await world.run('up', '2')
    await world.database.execute(sql`insert into a values (1)`)
    expect((await failureOf(world.run('up'))).message).toContain('23505')
    expect(await world.database.execute(sql`select indisvalid from pg_index where indexrelid = 'a_id'::regclass`)).toEqual([
      { indisvalid: false },
    ])
    await world.database.execute(sql`delete from a where ctid = (select max(ctid) from a)`)
    expect((await world.run('up')).changed).toEqual(['0003-index'])
    expect(await world.database.execute(sql`select indisvalid from pg_index where indexrelid = 'a_id'::regclass`)).toEqual([
      { indisvalid: true },
    ])
  })
})

describe('the command line', () => {
  const script = fileURLToPath(new URL('support/run-migrations.ts', import.meta.url))
  const run = (world: World, args: string[], env: NodeJS.ProcessEnv = { DATABASE_URL: world.url }) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      execFile(
        process.execPath,
        [script, world.folder, ...args],
        { env: { PATH: process.env['PATH'], ...env } },
        (error, stdout, stderr) => {
          const code = typeof error?.code === 'number' ? error.code : 0
          resolve({ code, output: stdout + stderr })
        },
      )
    })

  test('up, status and down speak plainly and end with their codes', async () => {
    const world = await createWorld(two)
    expect(await run(world, ['status'])).toEqual({ code: 2, output: 'pending  0001-make-a\npending  0002-make-b\n' })
    const up = await run(world, ['up'])
    expect(up.code).toBe(0)
    expect(up.output).toMatch(/^applied 0001-make-a \(\d+ ms\)\napplied 0002-make-b \(\d+ ms\)\n2 done, 0 pending\n$/)
    const status = await run(world, ['status', '--json'])
    expect(JSON.parse(status.output)).toMatchObject({
      exitCode: 0,
      migrations: [{ name: '0001-make-a', state: 'applied' }, { state: 'applied' }],
    })
    expect((await run(world, ['down'])).output).toMatch(/^undone 0002-make-b .*\n1 done, 1 pending\n$/)
  })

  test('a wrong word, a missing variable and an unreachable database end with 1 and no secret', async () => {
    const world = await createWorld(two)
    expect(await run(world, ['upp'])).toMatchObject({ code: 1, output: expect.stringContaining('usage') })
    expect(await run(world, ['up'], {})).toEqual({ code: 1, output: 'DATABASE_URL is not set.\n' })
    const wrong = await run(world, ['up'], { DATABASE_URL: 'mysql://user:canary-4711@host/db' })
    expect(wrong.code).toBe(1)
    expect(wrong.output).not.toContain('canary')
  })
})
