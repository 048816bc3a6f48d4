import { describe, expect, test } from 'vitest'
import { MigrationError } from '../../src/migrations/store/migration-error.ts'
import { createMigrationWorld, type MigrationFiles, type MigrationHarness, type MigrationWorld } from './migration-world.ts'
import { failureOf } from './postgres.ts'

const makePeople = { up: 'create table people (id int primary key, email varchar(100))', down: 'drop table people' }
const makePets = {
  up: 'create table pets (id int primary key, owner int references people (id));\ninsert into pets values (1, null);',
  down: 'drop table pets',
}
const addPhone = { up: 'alter table people add column phone varchar(20)', down: 'alter table people drop column phone' }

const three: MigrationFiles = { '0001-make-people': makePeople, '0002-make-pets': makePets, '0003-add-phone': addPhone }

/** What migrations do alike on every SQL database, `up` to `repair`. */
export function describeMigrations(harness: MigrationHarness): void {
  const { kind } = harness.dialect
  const createWorld = (files: MigrationFiles): Promise<MigrationWorld> => createMigrationWorld(harness, files)

  describe(`migrations on ${kind}: up and down`, () => {
    test('up applies what is pending, in order, once; down and targets go back and forth', async () => {
      const world = await createWorld(three)
      expect(await world.up({ target: '2' })).toMatchObject({ changed: ['0001-make-people', '0002-make-pets'], exitCode: 2 })
      expect(await world.up()).toMatchObject({ changed: ['0003-add-phone'], exitCode: 0, drift: [] })
      expect(await world.up()).toMatchObject({ changed: [], exitCode: 0 })
      expect((await world.down()).changed).toEqual(['0003-add-phone'])
      expect((await world.down({ target: '0001' })).changed).toEqual(['0002-make-pets'])
      expect((await world.down({ target: '0' })).changed).toEqual(['0001-make-people'])
      expect(await world.catalog()).toEqual({})
      expect((await world.up({ target: '0002-make-pets' })).changed).toEqual(['0001-make-people', '0002-make-pets'])
    })

    test('up, down and up again leave the same catalog after each migration', async () => {
      const world = await createWorld(three)
      const made: unknown[] = []
      for (const name of Object.keys(three)) {
        await world.up({ target: name })
        made.push(await world.catalog())
      }
      await world.down({ target: '0' })
      for (const [index, name] of Object.keys(three).entries()) {
        await world.up({ target: name })
        expect(await world.catalog()).toEqual(made[index])
      }
    })

    test('history tells who did what, newest first', async () => {
      const world = await createWorld(three)
      await world.up({ target: '1' })
      await world.down()
      const [undone, applied, ...others] = await world.history()
      expect(undone).toMatchObject({ event: 'undone', name: '0001-make-people', at: expect.any(Date), by: expect.stringMatching(/.@./) })
      expect(applied).toMatchObject({ event: 'applied', name: '0001-make-people', durationMs: expect.any(Number) })
      expect(others).toEqual([])
    })

    test('one that was merged late is applied with a warning, or refused when order is asked for', async () => {
      const world = await createWorld({ '0001-make-people': makePeople, '0003-add-phone': addPhone })
      await world.up()
      await world.write({ '0002-make-pets': makePets })
      expect(await world.status()).toMatchObject({ exitCode: 2, migrations: [{}, { state: 'late', advice: expect.any(String) }, {}] })
      expect((await failureOf(world.up({ inOrder: true }))).message).toContain('0002-make-pets comes late')
      expect((await world.up()).changed).toEqual(['0002-make-pets'])
      expect(world.lines.join('\n')).toContain('warning: 0002-make-pets comes late')
    })

    test('one without a way back is not undone, and the reason is told', async () => {
      const world = await createWorld({ ...three, '0003-add-phone': { up: addPhone.up, down: '-- irreversible: the numbers are gone' } })
      await world.up()
      expect((await failureOf(world.down({ target: '2' }))).message).toContain('the numbers are gone')
      expect((await world.status()).exitCode).toBe(0)
    })
  })

  describe(`migrations on ${kind}: what was changed since`, () => {
    test('a changed file is found, refused by up and down, and accepted by repair', async () => {
      const world = await createWorld(three)
      await world.up()
      await world.write({ '0001-make-people': { up: `${makePeople.up}; insert into people values (7, 'x')` } })
      expect(await world.status()).toMatchObject({ exitCode: 4, migrations: [{ state: 'changed' }, {}, {}] })
      expect(await failureOf(world.up())).toMatchObject({ exitCode: 4, message: expect.stringContaining('0001-make-people') })
      expect(await failureOf(world.down())).toMatchObject({ exitCode: 4 })
      expect(await world.repair()).toMatchObject({ changed: ['0001-make-people'], exitCode: 0 })
      expect((await world.history())[0]).toMatchObject({ event: 'repaired', name: '0001-make-people' })
    })

    test('blanks and comments are no change', async () => {
      const world = await createWorld(three)
      await world.up()
      await world.write({ '0001-make-people': { up: `-- made first\r\n${makePeople.up.replace(' (', '\n  (')};\r\n` } })
      expect((await world.status()).exitCode).toBe(0)
    })

    test('a missing one is reported, hinders up in nothing, and can be forgotten', async () => {
      const world = await createWorld(three)
      await world.up()
      await world.remove('0003-add-phone')
      expect(await world.status()).toMatchObject({ exitCode: 3, migrations: [{}, {}, { state: 'missing' }] })
      expect((await world.up()).changed).toEqual([])
      expect((await world.repair({ forget: ['0003-add-phone'] })).migrations).toHaveLength(2)
      expect((await world.history())[0]).toMatchObject({ event: 'forgotten', name: '0003-add-phone' })
    })

    test('a table altered by hand is drift: up warns, down refuses unless told otherwise, repair accepts', async () => {
      const world = await createWorld(three)
      await world.up({ target: '2' })
      await world.sql('alter table people add column nickname varchar(20)')
      expect(await world.status()).toMatchObject({ exitCode: 3, drift: [{ object: 'column people.nickname' }] })
      await world.up()
      expect(world.lines.join('\n')).toContain('column people.nickname')
      expect((await world.status()).drift).toMatchObject([{ object: 'column people.nickname', found: expect.any(String) }])
      expect(await failureOf(world.down())).toMatchObject({ exitCode: 3, message: expect.stringContaining('people.nickname') })
      expect((await world.down({ despiteDrift: true })).changed).toEqual(['0003-add-phone'])
      expect(await world.repair()).toMatchObject({ drift: [], exitCode: 2 })
      expect((await world.down()).changed).toEqual(['0002-make-pets'])
    })

    test('a baseline records without running, and what follows goes on from there', async () => {
      const world = await createWorld(three)
      await world.sql('create table people (id int primary key, email varchar(100))')
      expect(await world.baseline('1')).toMatchObject({ changed: ['0001-make-people'], exitCode: 2, drift: [] })
      expect((await world.up()).changed).toEqual(['0002-make-pets', '0003-add-phone'])
      expect((await world.history()).map(({ event }) => event)).toEqual(['applied', 'applied', 'baselined'])
      expect((await world.down({ target: '0' })).changed).toHaveLength(3)
    })
  })

  describe(`migrations on ${kind}: failures`, () => {
    const unique = { up: 'create unique index people_email on people (email)' }

    test('a unique index that meets duplicates leaves nothing, and the next up finishes once the data are mended', async () => {
      const world = await createWorld({ '0001-make-people': makePeople, '0002-unique': unique })
      await world.up({ target: '1' })
      await world.sql("insert into people values (1, 'canary-4711'), (2, 'canary-4711')")
      const before = await world.catalog()
      const failure = await failureOf(world.up())
      expect(failure).toBeInstanceOf(MigrationError)
      expect(failure.message).toMatch(/^0002-unique failed in up\.sql, line 1: .*people/)
      expect(failure.message).not.toContain('canary')
      expect(await world.catalog()).toEqual(before)
      expect((await world.history())[0]).toMatchObject({ event: 'failed', name: '0002-unique', detail: failure.message })
      expect((await world.status()).migrations[1]).toMatchObject({ state: 'pending' })
      await world.sql('delete from people where id = 2')
      expect(await world.up()).toMatchObject({ changed: ['0002-unique'], exitCode: 0, drift: [] })
    })

    test('a mistake in the SQL is told with its place and in the words of the database', async () => {
      const world = await createWorld({ '0001-broken': { up: '-- first\ncreate table broken (id int);\n\nalter tabel broken add x int;' } })
      const { message } = await failureOf(world.up())
      expect(message).toContain('0001-broken failed in up.sql, line 4')
      expect(message).toContain('tabel')
    })

    test('a file that ends its own transaction is refused before anything runs', async () => {
      const world = await createWorld({ '0001-sneaky': { up: 'create table sneaky (id int);\ncommit;\ncreate table other (id int)' } })
      expect((await failureOf(world.up())).message).toContain('line 2')
      expect(await world.catalog()).toEqual({})
    })

    test('a rehearsal leaves no trace; where none is possible it says so', async () => {
      const world = await createWorld(three)
      await world.up({ target: '1' })
      const before = await world.catalog()
      expect(await world.up({ dryRun: true })).toMatchObject({ changed: ['0002-make-pets', '0003-add-phone'], exitCode: 2 })
      expect(await world.catalog()).toEqual(before)
      expect(world.lines.some((line) => line.includes('cannot take back changes of structure'))).toBe(
        !harness.dialect.transactionalStructure,
      )
      await world.sql('create table pets (id int)')
      if (harness.dialect.transactionalStructure) expect((await failureOf(world.up({ dryRun: true }))).message).toContain('pets')
    })
  })

  describe(`migrations on ${kind}: statement by statement`, () => {
    const stepwise = (end: string): MigrationFiles => ({
      '0001-make-people': {
        up: `-- transaction: off\ncreate table people (id int primary key);\ninsert into people values (1);\n${end}`,
        down: 'drop table people',
      },
    })

    test('what was done stays done; the rest of an unfinished file may be mended, its beginning may not', async () => {
      const world = await createWorld(stepwise('insert into nowhere values (1)'))
      expect((await failureOf(world.up())).message).toContain('line 4')
      expect(await world.status()).toMatchObject({ exitCode: 2, migrations: [{ state: 'unfinished' }], drift: [] })
      await world.write({
        '0001-make-people': { up: '-- transaction: off\ncreate table people (id bigint primary key);\ninsert into people values (1)' },
      })
      expect(await failureOf(world.up())).toMatchObject({ exitCode: 4, message: expect.stringContaining('first 2 statements') })
      await world.write(stepwise('insert into people values (2)'))
      expect(await world.up()).toMatchObject({ changed: ['0001-make-people'], exitCode: 0, drift: [] })
      expect(await world.sql('select id from people order by id')).toMatchObject([{ id: 1 }, { id: 2 }])
    })

    test('a repeated statement runs until it changes nothing', async () => {
      const rounds =
        kind === 'mysql'
          ? 'update people set id = id + 100 where id < 100 limit 2'
          : 'update people set id = id + 100 where id in (select id from people where id < 100 limit 2)'
      const world = await createWorld(stepwise(`insert into people values (2), (3), (4), (5);\n-- repeat\n${rounds}`))
      await world.up()
      expect(await world.sql('select count(*) as n from people where id > 100')).toMatchObject([{ n: expect.anything() }])
      expect((await world.sql('select id from people order by id')).map(({ id }) => id)).toEqual([101, 102, 103, 104, 105])
    })
  })
}
