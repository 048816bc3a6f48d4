import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { MigrationLanguage } from '../src/migrations/store/migration.ts'
import { readMigrations } from '../src/migrations/files/read-migrations.ts'
import { migrateUp } from '../src/migrations/runner/migrate-up.ts'
import { writeMigrations, type MigrationFiles } from './support/migration-world.ts'
import { createPostgresWorld } from './support/postgres-migrations.ts'
import { failureOf } from './support/postgres.ts'

async function read(files: MigrationFiles, language: MigrationLanguage = 'postgres') {
  const folder = await mkdtemp(path.join(tmpdir(), 'migration-files-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeMigrations(folder, files)
  return readMigrations(folder, language)
}

const checksumOf = async (up: string) => (await read({ '0001-a': { up } }))[0]?.checksum

describe('the folder of migrations', () => {
  test.for([
    [{ oops: { up: '' } }, 'The folder oops is not named'],
    [{ '0001-a': { up: '' }, '0001-b': { up: '' } }, '0001-a and 0001-b'],
    [{ '0001-a': { up: '-- contract: 0000-old' } }, 'because <reason>'],
    [{ '0001-a': { up: '\n-- transaction: off' } }, 'in the first line alone'],
    [{ '0001-a': { up: '', down: '-- irreversible: no' } }, 'at least 10 characters'],
    [{ '0001-a': { up: '', down: '-- irreversible: the data are gone\ndrop table a' } }, 'stands alone'],
  ] as const)('%j is refused: %s', async ([files, message]) => {
    expect((await failureOf(read(files))).message).toContain(message)
  })

  test('headers are read from the comments', async () => {
    const [, second] = await read({
      '0001-a': { up: 'select 1' },
      '0002-b': {
        up: '-- transaction: off\n-- contract: 0001-a because it writes a no more\nselect 1',
        down: '-- irreversible: the data are gone',
      },
    })
    expect(second).toMatchObject({ up: { transaction: false }, contract: '0001-a', down: undefined, irreversible: 'the data are gone' })
  })

  test('a folder that does not exist holds none, an unknown target and a database without migrations end as wrong usage', async () => {
    expect(await readMigrations(path.join(tmpdir(), 'no-such-folder'), 'mysql')).toEqual([])
    const world = await createPostgresWorld({ '0001-a': { up: 'select 1' } })
    expect(await failureOf(world.up({ target: '0009' }))).toMatchObject({
      exitCode: 64,
      message: expect.stringContaining('no migration 0009'),
    })
    expect(await failureOf(migrateUp({ url: world.url, sources: {} }))).toMatchObject({ exitCode: 64 })
  })

  test('status, plan and history write nothing', async () => {
    const world = await createPostgresWorld({ '0001-a': { up: 'select 1' } })
    await world.status()
    await world.history()
    await world.up({ dryRun: true })
    expect(await world.sql("select relname from pg_class where relname like 'polystore%'")).toEqual([])
  })
})

test('a table of records that an older db-core has made is told as such', async () => {
  const world = await createPostgresWorld({ '0001-a': { up: 'select 1' } })
  await world.sql('create table polystore_migrations (name text primary key, checksum text)')
  expect((await failureOf(world.up())).message).toContain('an older db-core made it')
})

describe('the checksum', () => {
  test('does not see comments, blanks and line ends', async () => {
    const plain = await checksumOf("create table a (id int, name text default 'a  b'); select 1")
    expect(await checksumOf("-- a table\r\ncreate table a\r\n  (id int, /* of it */ name text default 'a  b');\n\nselect 1;\n")).toBe(plain)
  })

  test('sees what has a meaning: a value, a statement, a header', async () => {
    const variants = [
      "select 'a  b'",
      "select 'a b'",
      "select 'a b'; select 1",
      "-- transaction: off\nselect 'a b'",
      "-- contract: 0000-a because of it\nselect 'a b'",
    ]
    expect(new Set(await Promise.all(variants.map(checksumOf))).size).toBe(variants.length)
  })
})
