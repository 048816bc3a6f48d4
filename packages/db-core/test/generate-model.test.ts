import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { integer, pgEnum, pgSchema, pgTable, pgView, serial, text } from 'drizzle-orm/pg-core'
import { decimal, int, mysqlTable } from 'drizzle-orm/mysql-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SqlDialect } from '../src/migrations/files/sql-tokens.ts'
import { keepsValues } from '../src/migrations/generate/keeps-values.ts'
import { checkMigrations } from '../src/migrations/index.ts'
import { createMigrationFolder, flagsOf, problemsOf } from './support/generate-in-folder.ts'

describe('a change of type keeps the values', () => {
  test.each([
    ['postgres', 'integer', 'integer'],
    ['postgres', 'smallint', 'bigint'],
    ['postgres', 'integer', 'numeric'],
    ['postgres', 'integer', 'double precision'],
    ['postgres', 'varchar(20)', 'varchar(21)'],
    ['postgres', 'varchar(20)', 'varchar'],
    ['postgres', 'char(20)', 'varchar(20)'],
    ['postgres', 'varchar', 'text'],
    ['postgres', 'integer', 'text'],
    ['postgres', 'numeric(10, 2)', 'numeric(11, 3)'],
    ['postgres', 'numeric(10)', 'numeric(12, 2)'],
    ['postgres', 'timestamp (3)', 'timestamp'],
    ['postgres', 'timestamp (3) with time zone', 'timestamp (6) with time zone'],
    ['postgres', 'varchar(20)[]', 'varchar(30)[]'],
    ['mysql', 'tinyint', 'int'],
    ['mysql', 'float', 'double'],
    ['mysql', 'varchar(16383)', 'text'],
    ['mysql', 'varchar(16384)', 'mediumtext'],
    ['mysql', 'text', 'longtext'],
    ['mysql', 'int(10)', 'int'],
    ['mysql', 'char(5)', 'varchar(5)'],
    ['mysql', 'timestamp', 'timestamp(3)'],
    ['mysql', 'decimal', 'decimal(12,2)'],
    ['mysql', "enum('a','b')", "enum('c','b','a')"],
    ['mysql', "enum('a)','it''s')", "enum('a)','it''s','b')"],
    ['sqlite', 'integer', 'real'],
    ['sqlite', 'real', 'numeric'],
    ['sqlite', 'integer', 'text'],
  ] satisfies [SqlDialect, string, string][])('on %s from %s to %s', (dialect, before, after) => {
    expect(keepsValues(dialect, before, after)).toBe(true)
  })

  test.each([
    ['postgres', 'bigint', 'integer'],
    ['postgres', 'double precision', 'real'],
    ['postgres', 'bigint', 'double precision'],
    ['postgres', 'integer', 'numeric(5, 2)'],
    ['postgres', 'varchar(20)', 'varchar(19)'],
    ['postgres', 'varchar', 'varchar(20)'],
    ['postgres', 'text', 'varchar(20)'],
    ['postgres', 'char(5)', 'char'],
    ['postgres', 'numeric', 'numeric(10, 2)'],
    ['postgres', 'numeric(10, 2)', 'numeric(10, 3)'],
    ['postgres', 'numeric(10, 2)', 'numeric(12, 1)'],
    ['postgres', 'timestamp', 'timestamp (3)'],
    ['postgres', 'timestamp', 'timestamp with time zone'],
    ['postgres', 'text', 'text[]'],
    ['postgres', 'text', '"mood"'],
    ['mysql', 'bigint', 'int'],
    ['mysql', 'int', 'int unsigned'],
    ['mysql', 'int', 'text'],
    ['mysql', 'varchar(16384)', 'text'],
    ['mysql', 'varchar(5)', 'char(5)'],
    ['mysql', 'timestamp(3)', 'timestamp'],
    ['mysql', 'datetime(6)', 'datetime(3)'],
    ['mysql', 'decimal(10,2)', 'decimal'],
    ['mysql', 'decimal(12)', 'decimal'],
    ['mysql', 'char(5)', 'char'],
    ['mysql', "enum('a','b')", "enum('a')"],
    ['mysql', "enum('a)','b')", "enum('a)')"],
    ['sqlite', 'text', 'integer'],
    ['sqlite', 'numeric', 'integer'],
  ] satisfies [SqlDialect, string, string][])('and not surely on %s from %s to %s', (dialect, before, after) => {
    expect(keepsValues(dialect, before, after)).toBe(false)
  })

  test('and generate asks where decimals would go', async () => {
    const folder = await createMigrationFolder('mysql')
    await folder.write({ bills: mysqlTable('bills', { id: int().primaryKey(), total: decimal({ precision: 10, scale: 2 }) }) })
    const outcome = await folder.generate({ bills: mysqlTable('bills', { id: int().primaryKey(), total: decimal() }) })
    expect(flagsOf(outcome).flat()).toContain('--allow-drop bills.total')
  })
})

const contract = '0001-change=nothing older is deployed'

describe('a rename', () => {
  test('takes along what PostgreSQL names after the table, and the keys that point at it', async () => {
    const folder = await createMigrationFolder()
    const users = pgTable('users', { id: serial().primaryKey(), number: serial() })
    await folder.write({ users, notes: pgTable('notes', { id: integer().primaryKey(), owner: integer().references(() => users.id) }) })
    const people = pgTable('people', { id: serial().primaryKey(), position: serial() })
    const notes = pgTable('notes', { id: integer().primaryKey(), owner: integer().references(() => people.id) })
    const renames = ['users:people', 'users.number:position']
    const { up } = await folder.write({ people, notes }, { renames, contract })
    const lines = up.split('\n')
    expect(lines.slice(1, 7)).toEqual([
      'ALTER TABLE "users" RENAME COLUMN "number" TO "position";',
      'ALTER SEQUENCE "users_number_seq" RENAME TO "users_position_seq";',
      'ALTER TABLE "users" RENAME TO "people";',
      'ALTER SEQUENCE "users_id_seq" RENAME TO "people_id_seq";',
      'ALTER SEQUENCE "users_position_seq" RENAME TO "people_position_seq";',
      'ALTER INDEX "users_pkey" RENAME TO "people_pkey";',
    ])
  })

  test('of a table in a schema says the schema', async () => {
    const shop = pgSchema('shop')
    const folder = await createMigrationFolder()
    await folder.write({ shop, orders: shop.table('orders', { id: integer().primaryKey(), note: text() }) })
    const bills = shop.table('bills', { id: integer().primaryKey(), remark: text() })
    const { up, down } = await folder.write({ shop, bills }, { renames: ['shop.orders:bills', 'shop.orders.note:remark'], contract })
    expect(up.split('\n').slice(1)).toEqual([
      'ALTER TABLE "shop"."orders" RENAME COLUMN "note" TO "remark";',
      'ALTER TABLE "shop"."orders" RENAME TO "bills";',
      'ALTER INDEX "shop"."orders_pkey" RENAME TO "bills_pkey";',
      '',
    ])
    expect(down.split('\n').slice(0, 2)).toEqual([
      'ALTER INDEX "shop"."bills_pkey" RENAME TO "orders_pkey";',
      'ALTER TABLE "shop"."bills" RENAME TO "orders";',
    ])
  })

  test('takes no name that another table has', async () => {
    const folder = await createMigrationFolder()
    const [a, b] = [pgTable('a', { id: integer().primaryKey() }), pgTable('b', { id: integer().primaryKey() })]
    await folder.write({ a, b })
    await expect(folder.generate({ b }, { renames: ['a:b'] })).rejects.toMatchObject({ message: '--rename a:b: there is a b already.' })
  })
})

describe('what stands in the way of a change is made again', () => {
  test('the views over a table that loses a column', async () => {
    const folder = await createMigrationFolder()
    const before = pgTable('a', { id: integer().primaryKey(), b: text() })
    await folder.write({ before, ids: pgView('ids').as((query) => query.select({ id: before.id }).from(before)) })
    const after = pgTable('a', { id: integer().primaryKey() })
    const tables = { after, ids: pgView('ids').as((query) => query.select({ id: after.id }).from(after)) }
    const { up } = await folder.write(tables, { allowDrops: ['a.b'], contract })
    expect(up.split('\n').slice(1)).toEqual([
      'DROP VIEW "ids";',
      'ALTER TABLE "a" DROP COLUMN "b";',
      'CREATE VIEW "public"."ids" AS (select "id" from "a");',
      '',
    ])
  })

  test('not the enum that gets a further value, wherever it stands', async () => {
    const folder = await createMigrationFolder()
    const tables = (values: [string, ...string[]]) => {
      const mood = pgEnum('mood', values)
      return { mood, a: pgTable('a', { id: integer().primaryKey(), mood: mood() }) }
    }
    await folder.write(tables(['sad', 'glad']))
    const outcome = await folder.generate(tables(['sad', 'calm', 'glad']), { irreversible: 'the value may be in use by then' })
    if (outcome.kind !== 'written') throw new Error(problemsOf(outcome).join('\n'))
    expect(outcome.files[0]?.text).toContain(`ALTER TYPE "public"."mood" ADD VALUE 'calm' BEFORE 'glad';`)
  })
})

describe('snapshots', () => {
  const a = pgTable('a', { id: integer().primaryKey() })

  test.each(['{', '[]', '{"id":"1","prevId":"0"}'])('that say %j are damaged, for generate and for check', async (content) => {
    const folder = await createMigrationFolder()
    await folder.write({ a })
    await writeFile(path.join(folder.path, '0001-change', 'snapshot.json'), content)
    const message = '0001-change/snapshot.json is no snapshot of drizzle-kit: take it from version control again.'
    await expect(folder.generate({ a })).rejects.toMatchObject({ message })
    const [finding, ...others] = await checkMigrations({ postgres: { folder: folder.path, tables: { a } } })
    expect(finding).toMatchObject({ file: 'migrations', rule: 'unreadable', message })
    expect(others).toEqual([])
  })

  test('that cannot be read are no missing ones', async () => {
    const folder = await createMigrationFolder()
    await folder.write({ a })
    const file = path.join(folder.path, '0001-change', 'snapshot.json')
    await rm(file)
    await mkdir(file)
    await expect(folder.generate({ a })).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(checkMigrations({ postgres: { folder: folder.path, tables: { a } } })).rejects.toMatchObject({ code: 'EISDIR' })
  })

  test('are read from a folder that is given as a URL', async () => {
    const folder = await createMigrationFolder()
    await folder.write({ a })
    expect(await checkMigrations({ postgres: { folder: pathToFileURL(folder.path), tables: { a } } })).toEqual([])
  })

  test('put long lists on lines of their own and stay the same JSON', async () => {
    const folder = await createMigrationFolder()
    const values: [string, ...string[]] = ['first', ...Array.from({ length: 30 }, (_, position) => `value-${position}`)]
    const { snapshot } = await folder.write({ a, many: pgEnum('many', values) })
    expect(snapshot).toMatch(/\[\n +"first",\n +"value-0",\n/)
    expect(JSON.parse(snapshot)).toMatchObject({ enums: { 'public.many': { values } } })
    expect(snapshot.split('\n').every((line) => line.length <= 141)).toBe(true)
  })

  test('that begin elsewhere than at an empty database are a fork at the first migration', async () => {
    const folder = await createMigrationFolder()
    const { snapshot } = await folder.write({ a })
    const elsewhere = { ...JSON.parse(snapshot), prevId: '1' }
    await writeFile(path.join(folder.path, '0001-change', 'snapshot.json'), JSON.stringify(elsewhere))
    const found = await checkMigrations({ postgres: { folder: folder.path, tables: { a } } })
    expect(found).toMatchObject([{ rule: 'snapshot-fork', message: expect.stringContaining('where an empty database ends') }])
  })
})

describe('check', () => {
  const a = pgTable('a', { id: integer().primaryKey() })

  test('says of tables without any migration that they have changed since the beginning', async () => {
    const { path: folder } = await createMigrationFolder()
    const [finding, ...others] = await checkMigrations({ postgres: { folder, tables: { a } } })
    expect(finding).toMatchObject({ file: 'migrations/snapshot.json', rule: 'tables-changed' })
    expect(finding?.message).toBe('The tables have changed since the beginning: 1 change, the first CREATE TABLE "a" (')
    expect(others).toEqual([])
  })

  test('counts the changes', async () => {
    const folder = await createMigrationFolder()
    await folder.write({ a })
    const more = { a, b: pgTable('b', { id: integer().primaryKey() }), c: pgTable('c', { id: integer().primaryKey() }) }
    const [finding] = await checkMigrations({ postgres: { folder: folder.path, tables: more } })
    expect(finding?.message).toBe('The tables have changed since 0001-change: 2 changes, the first CREATE TABLE "b" (')
  })

  test('looks at the migrations of every database, also where no tables are given', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'checked-'))
    onTestFinished(() => rm(root, { recursive: true, force: true }))
    for (const [kind, extension] of [
      ['mysql', 'sql'],
      ['sqlite', 'sql'],
      ['mongo', 'ts'],
    ] as const) {
      await mkdir(path.join(root, kind, '0001-a'), { recursive: true })
      await writeFile(path.join(root, kind, '0001-a', `up.${extension}`), extension === 'sql' ? 'SELECT 1;' : 'export default []')
    }
    const folderOf = (kind: string) => ({ folder: path.join(root, kind) })
    const found = await checkMigrations({
      mysql: folderOf('mysql'),
      sqlite: folderOf('sqlite'),
      mongo: { ...folderOf('mongo'), collections: [] },
    })
    expect(found.map(({ file, rule }) => `${file} ${rule}`)).toEqual([
      '0001-a/down.sql no-way-back',
      '0001-a/down.sql no-way-back',
      '0001-a/down.ts no-way-back',
    ])
    expect(found.map(({ advice }) => advice.includes('"-- irreversible'))).toEqual([true, true, false])
  })
})

describe('what the lint finds in a generated migration', () => {
  test('asks for each exception once, with all that it would allow', async () => {
    const folder = await createMigrationFolder()
    await folder.write({ a: pgTable('a', { id: integer().primaryKey(), b: text(), c: text() }) })
    const outcome = await folder.generate({ a: pgTable('a', { id: integer().primaryKey() }) }, { allowDrops: ['a.b', 'a.c'] })
    expect(flagsOf(outcome)).toEqual([['--contract 0001-change=<reason>']])
    expect(
      problemsOf(outcome)[0]
        ?.split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['DROP COLUMN a.b', 'DROP COLUMN a.c'])
  })

  test('is excused for one object alone where the reason says so', async () => {
    const folder = await createMigrationFolder()
    await folder.write({ a: pgTable('a', { id: integer().primaryKey(), b: text().notNull() }) })
    const loose = { a: pgTable('a', { id: integer().primaryKey(), b: text() }) }
    const flags = { irreversible: 'nobody knows the texts by then', allow: ['drop-not-null a.b=every reader takes nulls'] }
    const { up } = await folder.write(loose, flags)
    expect(up).toBe('-- allow drop-not-null a.b: every reader takes nulls\nALTER TABLE "a" ALTER COLUMN "b" DROP NOT NULL;\n')
    expect(await readFile(path.join(folder.path, '0002-change', 'down.sql'), 'utf8')).toBe(
      '-- irreversible: nobody knows the texts by then\n',
    )
  })
})
