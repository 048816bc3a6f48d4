import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { InvalidValueError } from '../src/errors/repository-error.ts'
import { splitStatements } from '../src/migrations/files/split-statements.ts'
import type { Migration } from '../src/migrations/store/migration.ts'
import { postgresMigrationDialect } from '../src/migrations/postgres/postgres-migration-dialect.ts'
import { readSqlRecords } from '../src/migrations/readiness/read-sql-records.ts'
import { rehearseMigrations } from '../src/migrations/runner/rehearse-migrations.ts'
import { withStore } from '../src/migrations/runner/migration-run.ts'
import { repeatStatement, runInside, runStatement } from '../src/migrations/sql/run-statement.ts'
import { StatementFailure, type SqlRun } from '../src/migrations/sql/sql-run.ts'
import { SqlRecords } from '../src/migrations/sql/sql-records.ts'
import { connectSqlite } from '../src/sql/sqlite/index.ts'
import { failureOf } from './support/mongo.ts'
import { describeMysql } from './support/mysql.ts'
import { createMigrationWorld } from './support/migration-world.ts'
import { mysqlHarness } from './support/mysql-migrations.ts'
import { createPostgresWorld } from './support/postgres-migrations.ts'
import { createSqliteFile } from './support/sqlite.ts'
import { sqliteHarness } from './support/sqlite-migrations.ts'

describe('a statement of a file', () => {
  const migration: Migration = {
    name: '0001-a',
    up: { path: '/nowhere/0001-a/up.sql', text: '', transaction: true },
    down: undefined,
    checksum: 'x',
  }
  const task = { migration, direction: 'up', script: migration.up, statements: [] } as const

  async function openRun(): Promise<SqlRun & { lines: string[] }> {
    const world = await createPostgresWorld({})
    const session = await world.connect()
    await session.script('create table things (id int); insert into things select generate_series(1, 5)')
    const lines: string[] = []
    const records = new SqlRecords(session, postgresMigrationDialect, 'shop@one')
    return { session, dialect: postgresMigrationDialect, records, url: world.url, log: (line) => void lines.push(line), lines }
  }
  const statementOf = (text: string) => {
    const [statement] = splitStatements(text, 'postgres')
    if (!statement) throw new Error('There is one.')
    return statement
  }

  test('may not end the transaction it runs in, but for taking it back to a savepoint', async () => {
    const run = await openRun()
    await run.session.script('begin')
    await expect(runStatement(run, task, statementOf('\ncommit'))).rejects.toThrow(
      '0001-a/up.sql, line 2: the statement ended the transaction it runs in',
    )
    await run.session.script('begin; savepoint s')
    await expect(runStatement(run, task, statementOf('rollback to savepoint s'))).resolves.toBeDefined()
    await run.session.script('rollback')
    const failure = await failureOf(runStatement(run, task, statementOf('select 1/0')))
    expect(failure).toBeInstanceOf(StatementFailure)
    expect(failure).toMatchObject({ statement: { text: 'select 1/0' } })
  })

  test('is repeated until it changes nothing where it says so, and runs once otherwise', async () => {
    const run = await openRun()
    const removal = 'delete from things where id = (select min(id) from things)'
    await runInside(run, task, statementOf(removal))
    expect(await run.session.rows('select count(*)::int as left from things')).toEqual([{ left: 4 }])
    await runInside(run, task, statementOf(`-- repeat\n${removal}`))
    expect(await run.session.rows('select count(*)::int as left from things')).toEqual([{ left: 0 }])
  })

  test('that is repeated for long tells from time to time how many rows it has changed', async () => {
    const run = await openRun()
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const rounds = [10, 20, 30, 0]
    await repeatStatement(run, task, statementOf('update things set id = 1'), async () => {
      vi.advanceTimersByTime(3000)
      return rounds.shift() ?? 0
    })
    expect(run.lines).toEqual(['0001-a/up.sql, line 1: 30 rows so far'])
  })

  test('that never stops to change rows is stopped', async () => {
    const run = await openRun()
    let rounds = 0
    const round = async () => {
      rounds += 1
      return 1
    }
    await expect(repeatStatement(run, task, statementOf('update things set id = 1'), round)).rejects.toThrow(
      '0001-a/up.sql, line 1: the repeated statement still changes rows after 1000000 rounds',
    )
    expect(rounds).toBe(1_000_000)
  })
})

describe('repair', () => {
  const table = (name: string) => ({ up: `create table ${name} (id integer primary key)`, down: `drop table ${name}` })

  test('tells on a dry run what it would accept, and accepts nothing', async () => {
    const world = await createMigrationWorld(sqliteHarness, { '0001-one': table('one'), '0002-two': table('two') })
    await world.up()
    await world.sql('drop table two')
    await world.sql('create table three (id integer)')
    await world.write({ '0001-one': { up: 'create table one (id integer primary key, more text)' } })
    const before = await world.history()
    const { changed } = await world.repair({ dryRun: true })
    expect(changed).toContain('0001-one')
    expect(world.lines).toContain('would be repaired 0001-one: its file is accepted as it is now')
    expect(world.lines).toContainEqual(expect.stringMatching(/^would be repaired .*two.*: accepted as gone$/))
    expect(world.lines).toContainEqual(expect.stringMatching(/^would be repaired .*three.*: accepted as /))
    expect(await world.history()).toEqual(before)
    expect(await world.status()).toMatchObject({ exitCode: 4, drift: expect.arrayContaining([expect.anything()]) })
    expect((await world.repair()).changed).toEqual(changed)
    expect(await world.status()).toMatchObject({ exitCode: 0, drift: [] })
    expect(await world.repair()).toMatchObject({ changed: [] })
    expect(await world.history()).toHaveLength(before.length + changed.length)
  })

  test('forgets only what is gone or unfinished', async () => {
    const world = await createMigrationWorld(sqliteHarness, { '0001-one': table('one'), '0002-two': table('two') })
    await world.up({ target: '1' })
    await expect(world.repair({ forget: ['0009-none'] })).rejects.toThrow('There is no migration 0009-none.')
    await expect(world.repair({ forget: ['0001-one'] })).rejects.toThrow('0001-one is applied. Only one whose folder is gone')
    await expect(world.repair({ forget: ['0002-two'] })).rejects.toThrow('0002-two is pending.')
    await world.remove('0001-one')
    expect(await world.repair({ forget: ['0001-one'] })).toMatchObject({ changed: ['0001-one'] })
    expect(world.lines).toContain('forgotten 0001-one: its record was dropped')
    expect((await world.status()).migrations.map(({ name }) => name)).toEqual(['0002-two'])
  })
})

describe('the records', () => {
  test('of somebody else are no answer', async () => {
    const { url, remove } = await createSqliteFile()
    const database = connectSqlite(url)
    onTestFinished(async () => {
      await database.close()
      await remove()
    })
    const run = (text: string) => database.run({ text, values: [] })
    expect(await readSqlRecords(database)).toEqual([])
    await run('create table polystore_migrations (name, state, contract)')
    expect(await readSqlRecords(database)).toEqual([])
    for (const row of ["(1, 'applied', null)", "('0001-a', 'dreaming', null)", "('0001-a', null, null)"]) {
      await run(`insert into polystore_migrations values ${row}`)
      expect(await failureOf(readSqlRecords(database))).toMatchObject({
        name: InvalidValueError.name,
        message: 'The table polystore_migrations has another shape.',
      })
      await run('delete from polystore_migrations')
    }
    await run("insert into polystore_migrations values ('a', 'applied', '0001-x'), ('b', 'applying', null), ('c', 'undoing', null)")
    expect(await readSqlRecords(database)).toEqual([
      { name: 'a', state: 'applied', contract: '0001-x' },
      { name: 'b', state: 'applying' },
      { name: 'c', state: 'undoing' },
    ])
    await run('drop table polystore_migrations')
    await failureOf(readSqlRecords(database))
    expect(await readSqlRecords(database)).toEqual([])
  })
})

describeMysql('a dry run where structure cannot be taken back', () => {
  test('tells every statement and tries none', async () => {
    const world = await createMigrationWorld(mysqlHarness, {
      '0001-one': { up: 'create table one (\n  id int primary key\n);\ninsert into one values (1)', down: 'drop table one' },
    })
    expect(await world.up({ dryRun: true })).toMatchObject({ changed: ['0001-one'] })
    expect(world.lines).toEqual([
      'this database cannot take back changes of structure, so nothing is tried; this would run:',
      '0001-one',
      '  create table one (\n    id int primary key\n  )',
      '  insert into one values (1)',
    ])
    expect(await world.sql("show tables like 'one'")).toEqual([])
    const lines: string[] = []
    await withStore({ url: world.url, sources: { mysql: { folder: world.folder } } }, (run) =>
      rehearseMigrations({ ...run, log: (line) => void lines.push(line) }, [], 'up'),
    )
    expect(lines).toEqual([])
  })
})
