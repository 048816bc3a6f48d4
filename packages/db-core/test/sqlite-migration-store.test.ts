import { existsSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { compareCatalogs } from '../src/migrations/catalog/catalog.ts'
import { migrateUp } from '../src/migrations/runner/migrate-up.ts'
import { planMigrations } from '../src/migrations/runner/plan-migrations.ts'
import { sqliteMigrationDialect } from '../src/migrations/sqlite/sqlite-migration-dialect.ts'
import { createMigrationWorld, type MigrationFiles, type MigrationWorld } from './support/migration-world.ts'
import { failureOf } from './support/postgres.ts'
import { sqliteHarness } from './support/sqlite-migrations.ts'

const createWorld = (files: MigrationFiles): Promise<MigrationWorld> => createMigrationWorld(sqliteHarness, files)

/** The catalogs of two databases made by two scripts, compared. */
async function differences(one: string, other: string): Promise<string[]> {
  const [first, second] = [await createWorld({}), await createWorld({})]
  await (await first.connect()).script(one)
  await (await second.connect()).script(other)
  return compareCatalogs(await first.catalog(), await second.catalog()).map(({ object }) => object)
}

test.each([
  [
    'quotes, blanks, comments and case',
    'create table "a" ([id] INTEGER PRIMARY KEY, `b` TEXT not null /* x */)',
    'create table a (id integer primary key, b text NOT NULL)',
  ],
  ['the order of columns', 'create table a (b text, c int default 1)', 'create table a (c int default 1, b text)'],
  [
    'a column that was added',
    'create table a (b text); alter table a add column c text collate nocase',
    'create table a (b text, c text collate nocase)',
  ],
  ['a column that was dropped', 'create table a (b text, c text check (c > 1)); alter table a drop column c', 'create table a (b text)'],
  [
    'renamed columns in rules, indexes, keys and views',
    'create table p (x int primary key); create table a (b int references p (x), check (b > 1)); create index i on a (b) where b > 2; create view v as select b from a; alter table a rename column b to "c"; alter table p rename to q',
    'create table q (x int primary key); create table a (c int references q, check (c > 1)); create index i on a (c) where c > 2; create view v as select c from a',
  ],
  [
    'constraints of a column or of the table',
    'create table p (x int primary key); create table a (b int unique check (b > 1) references p on delete cascade deferrable initially deferred)',
    'create table p (x int, primary key (x)); create table a (b int, check (b > 1), unique (b), foreign key ("b") references p (x) on delete cascade deferrable initially deferred)',
  ],
  [
    'a table that was built anew',
    'create table a (b text, c int); create table a_new (b text not null, c int); insert into a_new select * from a; drop table a; alter table a_new rename to a',
    'create table a (b text not null, c int)',
  ],
])('SQLite: %s make no other catalog', async (_, one, other) => {
  expect(await differences(one, other)).toEqual([])
})

test.each([
  ['a int', 'a bigint', ['column t.a']],
  ['a int', 'a int not null', ['column t.a']],
  ['a int', 'a int default (1 + 1)', ['column t.a']],
  ['a text', 'a text collate nocase', ['column t.a']],
  ['a int, b int as (a + 1)', 'a int, b int as (a + 1) stored', ['column t.b']],
  ['a int, b int as (a + 1)', 'a int, b int as (a + 2)', ['column t.b']],
  ['a int check (a > 1)', 'a int check (a > 2)', ['check t (a > 1)', 'check t (a > 2)']],
  ['a int, constraint c check (a > 1)', 'a int, constraint c check (a > 2)', ['check t.c']],
  ["a text check (a <> 'X')", "a text check (a <> 'x')", ["check t (a <> 'X')", "check t (a <> 'x')"]],
  ['a int references t2 on delete cascade', 'a int references t2', ['foreign key t (a) to t2 (id)']],
  ['a int references t2 deferrable initially deferred', 'a int references t2', ['foreign key t (a) to t2 (id)']],
  ['a int unique', 'a int', ['unique t (a)']],
  ['a text, b text, unique (a, b)', 'a text, b text, unique (a collate nocase, b)', ['unique t (a, b)']],
  ['a int unique on conflict replace', 'a int unique', ['conflict clause t unique (a) on conflict replace']],
  ['a integer primary key', 'a integer primary key autoincrement', ['primary key t']],
  ['a int, b int, primary key (a, b)', 'a int, b int, primary key (b, a)', ['primary key t']],
])('SQLite: (%s) and (%s) differ', async (one, other, objects) => {
  const make = (columns: string): string => `create table t2 (id int primary key); create table t (${columns})`
  expect(await differences(make(one), make(other))).toEqual(objects)
})

test('SQLite: kinds of tables, indexes, triggers and virtual tables are told apart', async () => {
  const one =
    'create table a (b int primary key); create table c (d int); create index i on c (d); create trigger t after insert on c begin select 1; end'
  const other =
    'create table a (b int primary key) strict, without rowid; create table c (d int); create index i on c (d desc); create trigger t after insert on c begin select 2; end; create virtual table f using fts5(x)'
  expect(await differences(one, other)).toEqual(['column a.b', 'index i', 'table a', 'trigger t', 'virtual table f'])
})

const family: MigrationFiles = {
  '0001-family': {
    up: 'create table parents (id integer primary key, name text);\ncreate table children (id integer primary key, parent integer references parents on delete cascade);\ninsert into parents values (1, null);\ninsert into children values (1, 1)',
  },
}

test('SQLite: a table can be built anew without losing the rows that refer to it', async () => {
  const world = await createWorld({
    ...family,
    '0002-rebuild': {
      up: "create table parents_new (id integer primary key, name text not null default '');\ninsert into parents_new (id) select id from parents;\ndrop table parents;\nalter table parents_new rename to parents",
    },
  })
  expect(await world.up()).toMatchObject({ exitCode: 0 })
  expect(await world.sql('select parent from children')).toEqual([{ parent: 1 }])
})

test('SQLite: a migration that breaks references is refused and leaves nothing', async () => {
  const world = await createWorld({ ...family, '0002-orphans': { up: 'alter table parents add column age int;\ndelete from parents' } })
  const failure = await failureOf(world.up())
  expect(failure.message).toContain('1 in children to parents')
  expect(await world.sql('select id from parents')).toEqual([{ id: 1 }])
  expect(await world.status()).toMatchObject({ exitCode: 2, drift: [], migrations: [{ state: 'applied' }, { state: 'pending' }] })
})

test('SQLite: without a transaction references are checked at the end, and a file that breaks them stays unfinished', async () => {
  const world = await createWorld({ ...family, '0002-orphans': { up: '-- transaction: off\ndelete from parents' } })
  expect((await failureOf(world.up())).message).toContain('1 in children to parents')
  expect((await world.status()).migrations[1]).toMatchObject({ state: 'unfinished' })
  await world.sql('delete from children')
  expect((await world.up()).changed).toEqual(['0002-orphans'])
})

test('SQLite: what a transaction cannot hold needs a file without one', async () => {
  const world = await createWorld({
    '0001-vacuum': { up: 'create table a (b int);\nvacuum' },
    '0002-ignored': { up: 'pragma foreign_keys = off' },
  })
  expect((await failureOf(world.up())).message).toContain(
    '0001-vacuum/up.sql, line 2: the statement cannot run in a transaction. Say "-- transaction: off"',
  )
  await world.write({ '0001-vacuum': { up: '-- transaction: off\ncreate table a (b int);\nvacuum' } })
  expect((await failureOf(world.up())).message).toContain('0002-ignored/up.sql, line 1')
  expect((await world.status()).migrations[0]).toMatchObject({ state: 'applied' })
})

test('SQLite: the lock is beside the file, which others write to meanwhile', async () => {
  const world = await createWorld(family)
  const holder = await world.connect()
  expect(await sqliteMigrationDialect.tryLock(holder)).toBe(true)
  const run = { url: world.url, sources: { sqlite: { folder: world.folder } } }
  expect((await failureOf(migrateUp({ ...run, waitMs: 300 }))).message).toContain('Another run of migrations holds the lock')
  await world.sql('create table meanwhile (id int)')
  await holder.close()
  expect((await migrateUp(run)).changed).toEqual(['0001-family'])
})

test('SQLite: a database in memory has no lock and leaves no file', async () => {
  const session = await sqliteMigrationDialect.open('sqlite::memory:', 1000)
  expect(await sqliteMigrationDialect.tryLock(session)).toBe(true)
  await session.close()
  expect(existsSync(':memory:-migration-lock')).toBe(false)
})

test('SQLite: a file that another writer holds is waited for and tried again', async () => {
  const world = await createWorld(family)
  await world.up()
  await world.write({ '0002-pets': { up: 'create table pets (id integer primary key)' } })
  const writer = await world.connect()
  await writer.script('begin immediate')
  const run = world.up()
  await vi.waitFor(() => expect(world.lines.join('\n')).toContain('0002-pets: a lock was not free in time'), { timeout: 15_000 })
  await writer.script('commit')
  expect((await run).changed).toEqual(['0002-pets'])
})

test('SQLite: rows are estimated by the last row number, counted where there is none, and unknown without a table', async () => {
  const world = await createWorld({})
  const session = await world.connect()
  await session.script(
    'create table a (b int); insert into a values (1), (2); create table "c d" (e int primary key) without rowid; insert into "c d" values (7)',
  )
  expect(await sqliteMigrationDialect.estimateRows(session, 'A')).toBe(2)
  expect(await sqliteMigrationDialect.estimateRows(session, 'c d')).toBe(1)
  expect(await sqliteMigrationDialect.estimateRows(session, 'nowhere')).toBeUndefined()
})

test('SQLite: what a trigger says is not told, for it may quote a row', async () => {
  const world = await createWorld({
    '0001-a': {
      up: "create table a (b text);\ncreate trigger t before insert on a begin select raise(abort, 'canary-4711'); end;\ninsert into a values ('x')",
    },
  })
  const { message } = await failureOf(world.up())
  expect(message).toContain('0001-a failed in up.sql, line 3')
  expect(message).not.toContain('canary')
})

test('SQLite: a plan tells the lock and how many rows there are', async () => {
  const world = await createWorld(family)
  await world.up()
  await world.write({ '0002-age': { up: 'alter table parents add column age int' } })
  const { migrations } = await planMigrations({ url: world.url, sources: { sqlite: { folder: world.folder } } })
  expect(migrations).toMatchObject([{ statements: [{ lock: expect.stringContaining('other writers wait'), rows: 1 }] }])
})
