import { eq, sql } from 'drizzle-orm'
import { int, mysqlTable } from 'drizzle-orm/mysql-core'
import { bigint, check, index, integer, pgEnum, pgPolicy, pgTable, text, varchar } from 'drizzle-orm/pg-core'
import { describe, expect, test } from 'vitest'
import { createMigrationFolder, flagsOf, problemsOf } from './support/generate-in-folder.ts'

const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text() })
const withoutPhone = pgTable('users', { id: integer().primaryKey(), email: text().notNull() })

/** A folder with one migration that makes these tables. */
async function begin(tables: Record<string, unknown>, dialect: 'postgres' | 'mysql' = 'postgres') {
  const folder = await createMigrationFolder(dialect)
  await folder.write(tables, { name: 'create-users' })
  return folder
}

describe('generate refuses, names the flags and writes nothing', () => {
  test('when a column would go with its values', async () => {
    const folder = await begin({ users })
    const outcome = await folder.generate({ users: withoutPhone })
    expect(flagsOf(outcome)).toEqual([['--allow-drop users.phone'], ['--contract 0001-create-users=<reason>']])
    expect(await folder.names()).toEqual(['0001-create-users'])
  })

  test('when a table would go with its rows', async () => {
    const folder = await begin({ users, remarks: pgTable('remarks', { id: integer().primaryKey() }) })
    expect(flagsOf(await folder.generate({ users }))).toEqual([['--allow-drop remarks'], ['--contract 0001-create-users=<reason>']])
  })

  test('when a column may only have a new name, and it does not guess', async () => {
    const folder = await begin({ users })
    const renamed = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), mobile: text() })
    const outcome = await folder.generate({ users: renamed })
    expect(flagsOf(outcome)[0]).toEqual(['--allow-drop users.phone', '--rename users.phone:mobile'])
    expect(outcome).toMatchObject({ renames: [{ to: 'users.mobile', from: ['users.phone'] }] })
    const accounts = pgTable('accounts', { id: integer().primaryKey(), email: text().notNull(), phone: text() })
    expect(flagsOf(await folder.generate({ accounts }))[0]).toEqual(['--allow-drop users', '--rename users:accounts'])
  })

  test('when a required column has nothing for the rows that are there', async () => {
    const folder = await begin({ users: withoutPhone })
    const required = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text().notNull() })
    expect(flagsOf(await folder.generate({ users: required }))).toEqual([['--fill users.phone=<SQL expression>']])
    const filled = await folder.write({ users: required }, { fills: ["users.phone=''"] })
    expect(filled.up).toBe(
      `ALTER TABLE "users" ADD COLUMN "phone" text DEFAULT '' NOT NULL;\nALTER TABLE "users" ALTER COLUMN "phone" DROP DEFAULT;\n`,
    )
  })

  test('when the way back makes a column required that may be empty by then', async () => {
    const folder = await begin({ users })
    const loose = pgTable('users', { id: integer().primaryKey(), email: text(), phone: text() })
    const needs = flagsOf(await folder.generate({ users: loose }))
    expect(needs).toContainEqual(['--fill users.email=<SQL expression>', '--irreversible <reason>'])
    const { down } = await folder.write(
      { users: loose },
      { allow: ['drop-not-null=nobody reads it'], irreversible: 'nobody knows the addresses any more' },
    )
    expect(down).toBe('-- irreversible: nobody knows the addresses any more\n')
  })

  test('when an enum loses a value', async () => {
    const [before, after] = [pgEnum('state', ['open', 'paid']), pgEnum('state', ['open'])]
    const folder = await begin({ before, orders: pgTable('orders', { id: integer().primaryKey(), state: before() }) })
    const outcome = await folder.generate({ after, orders: pgTable('orders', { id: integer().primaryKey(), state: after() }) })
    expect(flagsOf(outcome)[0]).toEqual(['--allow-drop state.paid'])
  })

  test('when values may not fit into the new type', async () => {
    const folder = await begin({ users: pgTable('users', { id: bigint({ mode: 'bigint' }).primaryKey(), name: varchar({ length: 200 }) }) })
    const narrow = pgTable('users', { id: integer().primaryKey(), name: varchar({ length: 50 }) })
    const flags = flagsOf(await folder.generate({ users: narrow })).flat()
    expect(flags).toEqual(
      expect.arrayContaining(['--allow-drop users.id', '--allow-drop users.name', '--allow change-column-type=<reason>']),
    )
  })

  test('with several at once, all are named', async () => {
    const folder = await begin({ users })
    const other = pgTable('users', { id: integer().primaryKey(), email: varchar({ length: 10 }).notNull(), age: integer().notNull() })
    expect(flagsOf(await folder.generate({ users: other })).flat()).toEqual(
      expect.arrayContaining(['--allow-drop users.phone', '--allow-drop users.email', '--fill users.age=<SQL expression>']),
    )
  })
})

describe('what nobody writes rightly without knowing the rows is to be written by hand', () => {
  test.each([
    [
      'how a column is counted',
      { users: pgTable('users', { id: integer().primaryKey().generatedAlwaysAsIdentity(), email: text().notNull(), phone: text() }) },
    ],
    [
      'a computed column',
      { users: pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text().generatedAlwaysAs(sql`email`) }) },
    ],
    [
      'a policy',
      {
        users: pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text() }, () => [
          pgPolicy('own', { for: 'select' }),
        ]),
      },
    ],
  ])('%s', async (_, tables) => {
    const folder = await begin({ users })
    const outcome = await folder.generate(tables)
    expect(problemsOf(outcome)[0]).toContain('write it by hand with --blank')
    expect(flagsOf(outcome)[0]).toEqual([])
    expect(await folder.names()).toEqual(['0001-create-users'])
  })

  test('AUTO_INCREMENT joins a table of MySQL', async () => {
    const folder = await begin({ users: mysqlTable('users', { email: int().primaryKey() }) }, 'mysql')
    const counted = mysqlTable('users', { email: int(), id: int().autoincrement().primaryKey() })
    expect(problemsOf(await folder.generate({ users: counted }))[0]).toContain('write it by hand with --blank')
  })

  test('a name that the database would cut, and a bound value', async () => {
    const folder = await begin({ users })
    const long = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text() }, (own) => [
      index('an_index_with_a_name_that_is_much_longer_than_what_postgres_takes').on(own.email),
    ])
    expect(problemsOf(await folder.generate({ users: long }))[0]).toContain('longer than the 63 bytes')
    const bound = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text() }, (own) => [
      check('short', sql`length(${own.email}) < ${30}`),
      index('some').on(own.phone).where(eq(own.email, 'x')),
    ])
    const problems = problemsOf(await folder.generate({ users: bound }))
    expect(problems.slice(0, 2)).toEqual([
      'some of users has a bound value: write the value into the SQL of its definition with sql.raw or as text.',
      'short of users has a bound value: write the value into the SQL of its definition with sql.raw or as text.',
    ])
  })
})

describe('a flag that says nothing is a slip of the pen', () => {
  test.each([
    [{ allowDrops: ['users.fone'] }, '--allow-drop users.fone: nothing of that name is dropped.'],
    [{ fills: ['users.fone=1'] }, '--fill users.fone: no row needs a value there.'],
    [{ fills: ['users.fone'] }, '--fill users.fone: write --fill <name>=<value>.'],
    [{ allow: ['cascade=so'] }, '--allow cascade: give a reason of at least 10 characters.'],
    [{ irreversible: 'so' }, '--irreversible: give a reason of at least 10 characters.'],
    [{ allow: ['cascade=it is said to be fine'] }, '--allow cascade: no statement needs this exception.'],
    [{ renames: ['users.fone:phone'] }, '--rename users.fone:phone: the last snapshot has no users.fone.'],
    [{ renames: ['users.phone'] }, '--rename users.phone: write users.phone:phone_number or users:accounts.'],
    [{ renames: ['users.phone:email'] }, '--rename phone:email: there is a email already.'],
    [{ name: '!' }, '"!" is no name of a migration: write what it does, such as add-phone-number.'],
  ])('%j', async (flags, message) => {
    const folder = await begin({ users })
    const changed = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text(), age: integer() })
    await expect(folder.generate({ users: changed }, flags)).rejects.toMatchObject({ message, exitCode: 64 })
    expect(await folder.names()).toEqual(['0001-create-users'])
  })
})
