import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest'
import type { MysqlDatabase } from '../src/sql/mysql/index.ts'
import { connectSql, type AnySqlDatabase } from '../src/sql/connect-sql.ts'
import type { PostgresDatabase } from '../src/sql/index.ts'
import type { SqliteDatabase } from '../src/sql/sqlite/index.ts'

const run = promisify(execFile)

describe('one DATABASE_URL', () => {
  test.each([
    ['postgres://user:secret@localhost:1/app', 'postgres'],
    ['postgresql://localhost:1/app', 'postgres'],
    ['mysql://user:secret@localhost:1/app', 'mysql'],
    ['mariadb://localhost:1/app', 'mysql'],
    ['sqlite::memory:', 'sqlite'],
    ['SQLITE:app.db', 'sqlite'],
    ['file:///app.db', 'sqlite'],
  ])('%s is a handle of %s', async (url, store) => {
    const database = await connectSql(url)
    onTestFinished(() => database.close())
    expect(database.store).toBe(store)
  })

  test.each(['mongodb://user:secret@localhost/app', 'secret', 'http://secret', ''])('%j is refused without being quoted', async (url) => {
    const refusal = connectSql(url)
    await expect(refusal).rejects.toMatchObject({ code: 'invalid-value' })
    await expect(refusal).rejects.not.toThrow('secret')
  })

  test('gives a handle that works, with the options that all have', async () => {
    const database = await connectSql('sqlite::memory:', { cursorSecret: 'a secret of at least thirty-two characters' })
    onTestFinished(() => database.close())
    expect(await database.execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
    expect(await database.transaction((tx) => tx.execute(sql`select ${2} as two`))).toEqual([{ two: 2 }])
    expect(database.cursorSecret).toBeDefined()
  })

  test('tells by `store` which database it is, also to the compiler', () => {
    type Of<Name> = Extract<AnySqlDatabase, { readonly store: Name }>
    expectTypeOf<Of<'postgres'>>().toEqualTypeOf<PostgresDatabase>()
    expectTypeOf<Of<'mysql'>>().toEqualTypeOf<MysqlDatabase>()
    expectTypeOf<Of<'sqlite'>>().toEqualTypeOf<SqliteDatabase>()
  })

  test('loads the driver of that database and no other', async () => {
    expect(await driversLoadedBy('sqlite::memory:')).toEqual(['node:sqlite'])
    expect(await driversLoadedBy('postgres://localhost:1/app')).not.toContain('mysql2')
    expect(await driversLoadedBy('postgres://localhost:1/app')).not.toContain('node:sqlite')
    expect(await driversLoadedBy('mysql://localhost:1/app')).toEqual(['mysql2'])
  })
})

/** The drivers that a process has loaded once it has a handle. */
async function driversLoadedBy(url: string): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = new Set()
    registerHooks({ resolve(name, context, next) { loaded.add(name); return next(name, context) } })
    const { connectSql } = await import(${JSON.stringify(new URL('../src/sql/connect-sql.ts', import.meta.url).href)})
    await connectSql(${JSON.stringify(url)})
    const drivers = ['postgres', 'pg', 'mysql2', 'node:sqlite']
    console.log(JSON.stringify(drivers.filter((driver) => [...loaded].some((name) => name === driver || name.startsWith(driver + '/')))))
  `
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', program])
  expect(stderr).toBe('')
  const drivers: unknown = JSON.parse(stdout)
  return Array.isArray(drivers) ? drivers.map(String) : []
}
