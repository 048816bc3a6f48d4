import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createMysqlDatabase, createPostgresDatabase } from '@polystore/testing'
import {
  generateDrizzleJson,
  generateMigration as kitMigration,
  generateMySQLDrizzleJson,
  generateMySQLMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrateUp } from '../src/migrations/index.ts'
import { mysqlMigrationDialect } from '../src/migrations/mysql/mysql-migration-dialect.ts'
import { postgresMigrationDialect } from '../src/migrations/postgres/postgres-migration-dialect.ts'
import { sqliteMigrationDialect } from '../src/migrations/sqlite/sqlite-migration-dialect.ts'
import { proveMigrations } from '../src/testing/prove-migrations.ts'
import { createMigrationFolder } from './support/generate-in-folder.ts'
import type { MigrationHarness } from './support/migration-world.ts'
import { describeMysql } from './support/mysql.ts'
import { randomEvolution } from './support/random-schema.ts'
import { drizzleTables } from './support/random-tables.ts'
import * as mysqlTables from './support/rich-mysql-tables.ts'
import * as postgresTables from './support/rich-postgres-tables.ts'
import * as sqliteTables from './support/rich-sqlite-tables.ts'
import { createSqliteFile } from './support/sqlite.ts'

interface RichTables {
  readonly first: Record<string, unknown>
  readonly second: Record<string, unknown>
  readonly flags: Record<string, string[]>
}

type Kit = (tables: Record<string, unknown>) => Promise<string[]>

async function openDatabase({ dialect, createDatabase }: MigrationHarness) {
  const { url, drop } = await createDatabase()
  onTestFinished(drop)
  const session = await dialect.open(url, 10_000)
  onTestFinished(() => session.close())
  return { url, session, catalog: () => dialect.readCatalog(session) }
}

function describeGenerate(harness: MigrationHarness, { kit, tables }: { kit: Kit; tables: RichTables }): void {
  const kind = harness.dialect.kind

  const samples: [string, Record<string, unknown>][] = [7, 8, 9].map((seed) => [
    `random tables ${seed}`,
    drizzleTables(kind, randomEvolution(seed).before),
  ])
  test.each<[string, Record<string, unknown>]>([['tables with everything', tables.first], ...samples])(
    '%s are what drizzle-kit makes of them',
    async (_, chosen) => {
      const [ours, theirs] = [await openDatabase(harness), await openDatabase(harness)]
      const folder = await createMigrationFolder(kind)
      await folder.write(chosen)
      await migrateUp({ url: ours.url, sources: { [kind]: { folder: folder.path } } })
      for (const statement of await kit(chosen)) await theirs.session.script(statement)
      expect(await ours.catalog()).toEqual(await theirs.catalog())
    },
  )

  test('tables with everything change in every way, and back', async () => {
    const folder = await createMigrationFolder(kind)
    await folder.write(tables.first, { name: 'begin' })
    await folder.writeWithReasons(tables.second, { name: 'change', ...tables.flags })
    const { url } = await openDatabase(harness)
    await proveMigrations({ url, sources: { [kind]: { folder: folder.path, tables: tables.second } } })
    expect(await folder.generate(tables.second)).toEqual({ kind: 'unchanged' })
  })

  test('a way back that forgets something, and tables that no migration makes, are found', async () => {
    const folder = await createMigrationFolder(kind)
    const { before, after } = randomEvolution(3)
    await folder.write(drizzleTables(kind, before), { name: 'begin' })
    const sources = { [kind]: { folder: folder.path, tables: drizzleTables(kind, { ...after, tables: [] }) } }
    await expect(proveMigrations({ url: (await openDatabase(harness)).url, sources })).rejects.toThrow(
      'All migrations together do not make what the tables declare',
    )
    await writeFile(path.join(folder.path, '0001-begin', 'down.sql'), 'select 1;')
    await expect(proveMigrations({ url: (await openDatabase(harness)).url, sources })).rejects.toThrow(
      '0001-begin leaves something else behind when it is undone',
    )
  })
}

describe('on PostgreSQL', () => {
  const kit: Kit = (tables) => kitMigration(generateDrizzleJson({}), generateDrizzleJson(tables))
  describeGenerate({ dialect: postgresMigrationDialect, createDatabase: createPostgresDatabase }, { kit, tables: postgresTables })
})

describeMysql('on MariaDB', () => {
  const kit: Kit = async (tables) => generateMySQLMigration(await generateMySQLDrizzleJson({}), await generateMySQLDrizzleJson(tables))
  describeGenerate({ dialect: mysqlMigrationDialect, createDatabase: createMysqlDatabase }, { kit, tables: mysqlTables })
})

describe('on SQLite', () => {
  const kit: Kit = async (tables) => generateSQLiteMigration(await generateSQLiteDrizzleJson({}), await generateSQLiteDrizzleJson(tables))
  const createDatabase = async () => {
    const { url, remove } = await createSqliteFile()
    return { url, drop: remove }
  }
  const harness = { dialect: sqliteMigrationDialect, createDatabase }
  describeGenerate(harness, { kit, tables: sqliteTables })

  test('a table that is built anew keeps the rows that point at it and the numbers that it has given out', async () => {
    const folder = await createMigrationFolder('sqlite')
    await folder.write(sqliteTables.first, { name: 'begin' })
    const { url, session } = await openDatabase(harness)
    const options = { url, sources: { sqlite: { folder: folder.path } } }
    await migrateUp(options)
    for (const id of [1, 2, 3]) await session.script(`INSERT INTO users (id, email) VALUES (${id}, '${id}@example.com')`)
    await session.script("INSERT INTO orders (user_id, place, note) VALUES (1, 1, 'kept')")
    await session.script('DELETE FROM users WHERE id = 3')
    await folder.writeWithReasons(sqliteTables.second, { name: 'change', ...sqliteTables.flags })
    await migrateUp(options)
    expect(await session.rows('SELECT user_id, remark FROM orders')).toEqual([{ user_id: 1, remark: 'kept' }])
    await session.script("INSERT INTO users (email, age) VALUES ('new@example.com', 4)")
    expect(await session.rows("SELECT id FROM users WHERE email = 'new@example.com'")).toEqual([{ id: 4 }])
  })
})
