import { expect, test, vi } from 'vitest'
import { compareCatalogs } from '../src/migrations/catalog/catalog.ts'
import { mysqlMigrationDialect } from '../src/migrations/mysql/mysql-migration-dialect.ts'
import { watchMysqlProgress } from '../src/migrations/mysql/mysql-progress.ts'
import { migrateUp } from '../src/migrations/runner/migrate-up.ts'
import { planMigrations } from '../src/migrations/runner/plan-migrations.ts'
import type { MigrationSession } from '../src/migrations/sql/migration-session.ts'
import { startMigrationProcess } from './support/migration-process.ts'
import { createMigrationWorld, type MigrationFiles, type MigrationWorld } from './support/migration-world.ts'
import { describeMysql } from './support/mysql.ts'
import { mysqlHarness } from './support/mysql-migrations.ts'
import { failureOf } from './support/postgres.ts'

const createWorld = (files: MigrationFiles): Promise<MigrationWorld> => createMigrationWorld(mysqlHarness, files)

describeMysql('the catalog of MySQL', () => {
  const schema = [
    "create table people (id int auto_increment primary key, email varchar(100) not null default 'a''b' comment 'where to write', unique key people_email (email)) comment 'all of them'",
    'create table pets (id int primary key, owner int, weight int, constraint pets_owner foreign key (owner) references people (id) on delete cascade, constraint pets_weight check (weight > 0))',
    'create table visits (id int, double_id int generated always as (id * 2) stored, at timestamp default current_timestamp on update current_timestamp, key visits_id (id desc)) partition by range (id) (partition low values less than (10))',
    'create view owners as select people.email from people join pets on pets.owner = people.id',
    'create trigger pets_weigh before insert on pets for each row set new.weight = coalesce(new.weight, 1)',
    'create function twice(n int) returns int deterministic return n * 2',
    'create procedure nothing(in n int) begin select n; end',
    'create event nightly on schedule every 1 day do delete from pets',
  ]

  test.each([
    ['alter table people modify email varchar(120) not null', ['column people.email']],
    ['alter table people add column nickname text', ['column people.nickname']],
    ['alter table people drop index people_email, add key people_email (email(20))', ['index people.people_email']],
    ['alter table people comment = ""', ['table people']],
    ['alter table people convert to character set utf8mb4 collate utf8mb4_unicode_ci', ['column people.email', 'table people']],
    ['alter table pets drop foreign key pets_owner', ['foreign key pets.pets_owner']],
    [
      'alter table pets add constraint pets_weigher foreign key (weight) references people (id)',
      ['foreign key pets.pets_weigher', 'index pets.pets_weigher'],
    ],
    ['alter table pets drop constraint pets_weight, add constraint pets_weight check (weight > 1)', ['check pets.pets_weight']],
    ['alter table pets drop primary key', ['primary key pets']],
    ['alter table visits add partition (partition high values less than (20))', ['partition visits.high']],
    ['alter table visits modify at timestamp not null default current_timestamp', ['column visits.at']],
    ['create or replace view owners as select people.id from people', ['view owners']],
    ['drop trigger pets_weigh', ['trigger pets_weigh']],
    ['drop function twice', ['function twice']],
    ['drop procedure nothing', ['procedure nothing']],
    ['alter event nightly on schedule every 2 day', ['event nightly']],
    ['alter table people add column loud varchar(110) as (upper(email)) virtual', ['column people.loud']],
    ['alter table pets add column born datetime(3) default current_timestamp(3)', ['column pets.born']],
    ["insert into people (email) values ('x')", []],
    ['alter table people auto_increment = 500', []],
    ['alter table people modify email varchar(100) not null default "a\'b" comment "where to write" first', []],
    ['analyze table people', []],
  ])('%s', async (change, objects) => {
    const world = await createWorld({})
    const session = await world.connect()
    for (const text of schema) await session.script(text)
    const before = await world.catalog()
    await session.script(change)
    expect(compareCatalogs(before, await world.catalog()).map(({ object }) => object)).toEqual(objects)
  })
})

describeMysql('the catalog of MariaDB', () => {
  test('knows sequences and ignored indexes, without their counters', async (context) => {
    const world = await createWorld({})
    const session = await world.connect()
    const [server] = await world.sql('select version() as version')
    context.skip(!String(server?.['version']).includes('MariaDB'), 'MySQL has none of these')
    await session.script('create sequence numbers; create table people (id int, key people_id (id))')
    const before = await world.catalog()
    await session.script('select next value for numbers')
    expect(await world.catalog()).toEqual(before)
    await session.script('alter sequence numbers increment 5; alter table people alter index people_id ignored')
    expect(compareCatalogs(before, await world.catalog()).map(({ object }) => object)).toEqual([
      'index people.people_id',
      'sequence numbers',
    ])
  })
})

const people = { up: 'create table people (id int primary key, email varchar(100))', down: 'drop table people' }

describeMysql('a run of migrations on MySQL', () => {
  test.each([
    ['up', true],
    ['down', false],
  ] as const)('killed exactly between a change of structure and the word that it is done: %s goes on behind it', async (direction, has) => {
    const addPhone = {
      up: 'alter table people add column phone varchar(20);\ninsert into people (id) values (1)',
      down: 'alter table people drop column phone;\ndelete from people',
    }
    const world = await createWorld({ '0001-people': people, '0002-phone': addPhone })
    await world.up({ target: direction === 'up' ? '1' : '2' })
    const [reader, guard] = [await world.connect(), await world.connect()]
    await reader.script('start transaction; select * from people')
    const run = startMigrationProcess(world, 'mysql', { direction })
    const waiting = "select id from information_schema.processlist where db = database() and state = 'Waiting for table metadata lock'"
    await vi.waitFor(async () => expect(await world.sql(waiting)).toHaveLength(1), { timeout: 20_000 })
    await guard.script("start transaction; select * from polystore_migrations where name = '0002-phone' for update")
    await reader.script('commit')
    await vi.waitFor(async () => expect('column people.phone' in (await world.catalog())).toBe(has), { timeout: 5000 })
    await run.kill()
    await guard.script('commit')
    expect(await world.status()).toMatchObject({ migrations: [{}, { state: 'unfinished' }] })
    const report = await world.up()
    expect(world.lines.join('\n')).toContain('0002-phone: line 1 had been run to its end')
    expect(world.lines.join('\n')).not.toContain('warning')
    expect(report).toMatchObject({ exitCode: 0, drift: [] })
    expect(await world.sql('select id, phone from people')).toEqual([{ id: 1, phone: null }])
  })

  test('what a file sets for its session holds behind a change of structure, and after it was continued', async () => {
    const child = (name: string): string =>
      `create table ${name} (id int primary key, parent int, foreign key (parent) references later (id))`
    const files = (end: string): MigrationFiles => ({
      '0001-children': { up: `set foreign_key_checks = 0;\n${child('a')};\n${child('b')};\n${end}` },
    })
    const world = await createWorld(files('insert into nowhere values (1)'))
    expect((await failureOf(world.up())).message).toContain('line 4')
    await world.write(files(child('c')))
    expect(await world.up()).toMatchObject({ changed: ['0001-children'], exitCode: 0 })
    await world.write({ '0002-orphan': { up: child('d') } })
    expect((await failureOf(world.up())).message).toContain('0002-orphan failed')
  })

  test.each([
    'lock tables people write',
    'use mysql',
    'set session autocommit = 0',
    "xa start 'x'",
    'create temporary table pets (id int)',
    'drop table people, pets',
  ])('%s is refused before anything runs', async (text) => {
    const world = await createWorld({ '0001-people': { up: `${people.up};\n${text}` } })
    expect((await failureOf(world.up())).message).toContain('0001-people/up.sql, line 2')
    expect(await world.catalog()).toEqual({})
  })

  test('a procedure that commits in the middle is refused once it shows', async () => {
    const world = await createWorld({
      '0001-people': people,
      '0002-committer': { up: 'create procedure committer() begin insert into people values (1, null); commit; end' },
      '0003-call': { up: 'call committer()' },
    })
    expect((await failureOf(world.up())).message).toContain('0003-call/up.sql, line 1: the statement ended the transaction')
  })

  test('a table that a transaction reads is waited for and tried again', async () => {
    const world = await createWorld({ '0001-people': people, '0002-phone': { up: 'alter table people add column phone varchar(20)' } })
    await world.up({ target: '1' })
    const reader = await world.connect()
    await reader.script('start transaction; select * from people')
    const run = world.up()
    await vi.waitFor(() => expect(world.lines.join('\n')).toContain('0002-phone: a lock was not free in time'), { timeout: 15_000 })
    await reader.script('commit')
    expect((await run).changed).toEqual(['0002-phone'])
  })

  test('the lock is one per database, and who does not get it is told so', async () => {
    const [world, other] = [await createWorld({ '0001-people': people }), await createWorld({ '0001-people': people })]
    const holder = await world.connect()
    expect(await mysqlMigrationDialect.tryLock(holder)).toBe(true)
    const failure = await failureOf(migrateUp({ url: world.url, sources: { mysql: { folder: world.folder } }, waitMs: 300 }))
    expect(failure.message).toContain('Another run of migrations holds the lock')
    expect((await other.up()).changed).toEqual(['0001-people'])
  })

  test.each([
    ['a value that does not fit', 'update people set id = email', /does not fit its type/],
    ['a duplicate', 'update people set id = 1', /exists already in people.*PRIMARY/],
    ['what a trigger says', 'update people set id = 3', /refused the statement \(1644\)/],
  ])('the failure of %s quotes no data', async (_, text, words) => {
    const world = await createWorld({
      '0001-people': people,
      '0002-signal': {
        up: 'create trigger signals before update on people for each row begin if new.id = 3 then signal sqlstate "45000" set message_text = old.email; end if; end',
      },
      '0003-fails': { up: text },
    })
    await world.up({ target: '2' })
    await world.sql("insert into people values (1, 'canary-4711'), (2, 'canary-4712')")
    const { message } = await failureOf(world.up())
    expect(message).toMatch(words)
    expect(message).not.toContain('canary')
  })

  test('a URL that names no database is refused', async () => {
    const url = 'mysql://nobody@127.0.0.1:1/'
    expect((await failureOf(mysqlMigrationDialect.open(url, 100))).message).toBe('The database URL names no database.')
  })

  test('a plan tells what each statement locks, and how many rows the table has', async () => {
    const world = await createWorld({
      '0001-people': people,
      '0002-email': { up: 'alter table people modify email text;\nupdate people set email = null' },
    })
    await world.up({ target: '1' })
    const { migrations } = await planMigrations({ url: world.url, sources: { mysql: { folder: world.folder } } })
    expect(migrations).toMatchObject([
      {
        name: '0002-email',
        statements: [
          { text: 'alter table people modify email text', lock: expect.stringContaining('blocks writes'), rows: 0 },
          { text: 'update people set email = null', lock: expect.stringContaining('rows'), rows: 0 },
        ],
      },
    ])
  })

  test('the server tells what a long statement is at', async () => {
    const world = await createWorld({ '0001-people': people })
    await world.up()
    const [session, reader] = [await world.connect(), await world.connect()]
    await reader.script('start transaction; select * from people')
    const watch = await watchMysqlProgress(world.url, session)
    const altering = session.script('alter table people add column phone varchar(20)')
    await vi.waitFor(async () => expect(await watch.read()).toBe('Waiting for table metadata lock'), { timeout: 2500 })
    await reader.script('commit')
    await altering
    const [server] = await world.sql('select version() as version')
    if (String(server?.['version']).includes('MariaDB')) await requirePercents(world, session, watch)
    await watch.close()
  })
})

/** MariaDB counts while it copies a table. */
async function requirePercents(
  world: MigrationWorld,
  session: MigrationSession,
  watch: { read(): Promise<string | undefined> },
): Promise<void> {
  await world.sql('insert into people (id) select seq from seq_1_to_100000')
  const said = new Set<string | undefined>()
  let copying = true
  const copied = session.script('alter table people add column fax varchar(20), algorithm = copy').then(() => (copying = false))
  while (copying) said.add((await watch.read())?.replace(/\d+ %/, 'n %'))
  await copied
  expect(said).toContain('copy to tmp table: stage 1 of 2, n %')
}
