import { createMongoDatabase, createMysqlDatabase, createPostgresDatabase, mariadbMissing } from '@polystore/testing'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { mysqlMigrationDialect } from '../src/migrations/mysql/mysql-migration-dialect.ts'
import { postgresMigrationDialect } from '../src/migrations/postgres/postgres-migration-dialect.ts'
import { schemaReadiness } from '../src/migrations/readiness/index.ts'
import { migrateDown } from '../src/migrations/runner/migrate-down.ts'
import { migrateUp } from '../src/migrations/runner/migrate-up.ts'
import { sqliteMigrationDialect } from '../src/migrations/sqlite/sqlite-migration-dialect.ts'
import { connectMongo, defineCollection, uuidKey } from '../src/mongo/index.ts'
import { connectPostgres } from '../src/sql/index.ts'
import { connectMysql } from '../src/sql/mysql/index.ts'
import { connectSqlite } from '../src/sql/sqlite/index.ts'
import { createMigrationWorld, writeMigrations, type MigrationFiles } from './support/migration-world.ts'
import { createSqliteFile } from './support/sqlite.ts'

const table = (name: string) => ({ up: `create table ${name} (id int not null primary key);\n`, down: `drop table ${name};\n` })
const known: MigrationFiles = { '0001-create-one': table('one'), '0002-create-two': table('two') }

const stores = [
  { harness: { dialect: postgresMigrationDialect, createDatabase: createPostgresDatabase }, connect: connectPostgres, missing: undefined },
  { harness: { dialect: mysqlMigrationDialect, createDatabase: createMysqlDatabase }, connect: connectMysql, missing: mariadbMissing() },
  {
    harness: {
      dialect: sqliteMigrationDialect,
      createDatabase: async () => {
        const { url, remove } = await createSqliteFile()
        return { url, drop: remove }
      },
    },
    connect: connectSqlite,
    missing: undefined,
  },
]

describe.each(stores.filter(({ missing }) => missing === undefined))('code on $harness.dialect.kind', ({ harness, connect }) => {
  /** A database with two migrations in its folder, and the check of code that is delivered with the same two. */
  async function openCode() {
    const world = await createMigrationWorld(harness, known)
    const folder = await mkdtemp(path.join(tmpdir(), 'known-'))
    await writeMigrations(folder, known)
    const statements: unknown[] = []
    const log = (fields: object) => void statements.push(fields)
    const database = connect(world.url, { echo: true, logger: { debug: log, info: log, warn: log, error: log } })
    onTestFinished(async () => {
      await database.close()
      await rm(folder, { recursive: true })
    })
    return { world, statements, folder, database, ready: schemaReadiness({ database, migrations: { [harness.dialect.kind]: { folder } } }) }
  }

  test('is not ready before all of its migrations are applied, by name, and again when one is undone', async () => {
    const { world, ready } = await openCode()
    const both = 'The database lacks what this release needs: 0001-create-one is pending, 0002-create-two is pending. Run the migrations.'
    expect(await ready()).toBe(both)
    await world.up({ target: '1' })
    const one = 'The database lacks what this release needs: 0002-create-two is pending. Run the migrations.'
    expect(await ready()).toBe(one)
    await world.up()
    expect(await ready()).toBeUndefined()
    await world.down()
    expect(await ready()).toBe(one)
  })

  test('asks by one short statement once there are records', async () => {
    const { world, ready, statements } = await openCode()
    await world.up()
    await ready()
    const before = statements.length
    await ready()
    expect(statements.slice(before).filter((fields) => JSON.stringify(fields).includes('select'))).toHaveLength(1)
  })

  test('lives with a newer migration, and with a contract that it knows; not with one that it does not know', async () => {
    const { world, ready } = await openCode()
    await world.write({ '0003-create-three': table('three') })
    await world.up()
    expect(await ready()).toBeUndefined()
    await world.write({ '0004-drop-one': { up: '-- contract: 0002-create-two because nothing reads it since\ndrop table one;\n' } })
    await world.up()
    expect(await ready()).toBeUndefined()
    await world.write({ '0005-drop-two': { up: '-- contract: 0003-create-three because three replaces it\ndrop table two;\n' } })
    await world.up()
    expect(await ready()).toBe('The database is ahead of this release: 0005-drop-two is for code that knows 0003-create-three.')
  })

  test('is not ready when one of its migrations was left half-way', async () => {
    const { world, folder, database } = await openCode()
    const twice = '-- transaction: off\ninsert into one values (1);\ninsert into one values (1);\n'
    await world.up()
    await world.write({ '0003-fill-one': { up: twice } })
    await writeMigrations(folder, { '0003-fill-one': { up: twice } })
    await expect(world.up()).rejects.toThrow('0003-fill-one')
    const newer = schemaReadiness({ database, migrations: { [harness.dialect.kind]: { folder } } })
    expect(await newer()).toBe('The database lacks what this release needs: 0003-fill-one is unfinished. Run the migrations.')
  })

  test('that was delivered without its migrations is not ready, and says so; a database that is gone is no answer', async () => {
    const { database, folder } = await openCode()
    const missing = { [harness.dialect.kind]: { folder: path.join(folder, 'nothing') } }
    expect(await schemaReadiness({ database, migrations: missing })()).toBe('This release is without its migrations.')
    await database.close()
    await expect(schemaReadiness({ database, migrations: { [harness.dialect.kind]: { folder } } })()).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})

describe('code on mongo', () => {
  const things = defineCollection({
    name: 'things',
    schema: z.object({ ...uuidKey(), code: z.string(), size: z.int() }),
    indexes: [
      { key: { code: 1 }, unique: true },
      { key: { size: 1 }, name: 'size' },
    ],
  })

  async function openCode() {
    const test = await createMongoDatabase()
    const database = connectMongo(test.url)
    const folder = await mkdtemp(path.join(tmpdir(), 'known-'))
    onTestFinished(async () => {
      await database.close()
      await test.drop()
      await rm(folder, { recursive: true })
    })
    const sources = { mongo: { folder, collections: [things] } }
    return { url: test.url, database, folder, sources, ready: schemaReadiness({ database, migrations: sources }) }
  }

  test('is not ready without its collections, or one of their indexes; a hidden one is lived with', async () => {
    const { database, ready } = await openCode()
    expect(await ready()).toBe('The database lacks what this release needs: the collection things is missing. Run the migrations.')
    await database.prepare([things])
    expect(await ready()).toBeUndefined()
    await database.driver.command({ collMod: 'things', index: { name: 'ps_size', hidden: true } })
    expect(await ready()).toBeUndefined()
    await database.driver.collection('things').dropIndex('ps_size')
    expect(await ready()).toBe('The database lacks what this release needs: the index ps_size of things is missing. Run the migrations.')
    expect(await ready.migrations()).toBeUndefined()
  })

  test('is not ready before its data migrations have run, and lives with those of a newer release but for an unknown contract', async () => {
    const { url, database, folder, sources, ready } = await openCode()
    await database.prepare([things])
    const newer = await mkdtemp(path.join(tmpdir(), 'newer-'))
    onTestFinished(() => rm(newer, { recursive: true }))
    const release = async (name: string, headers = '') => {
      await mkdir(path.join(newer, name))
      await writeFile(path.join(newer, name, 'up.ts'), `${headers}export async function up(): Promise<void> {}\n`)
      await writeFile(path.join(newer, name, 'down.ts'), 'export async function down(): Promise<void> {}\n')
    }
    const options = { url, sources: { mongo: { ...sources.mongo, folder: newer } } }
    await release('0001-count')
    await cp(newer, folder, { recursive: true })
    expect(await ready()).toBe('The database lacks what this release needs: 0001-count is pending. Run the migrations.')
    await migrateUp(options)
    expect(await ready()).toBeUndefined()
    await migrateDown(options)
    expect(await ready.migrations()).toBe('The database lacks what this release needs: 0001-count is pending. Run the migrations.')
    await release('0002-expand')
    await migrateUp(options)
    expect(await ready()).toBeUndefined()
    await release('0003-contract', '// contract: 0002-expand because nothing reads the old field\n')
    await migrateUp(options)
    expect(await ready()).toBe('The database is ahead of this release: 0003-contract is for code that knows 0002-expand.')
  })
})
