import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { connectSqlite, type SqliteDatabase, type SqliteOptions } from '../../src/sql/sqlite/index.ts'

export interface SqliteFile {
  readonly url: string
  remove(): Promise<void>
}

/** A file of its own, in a directory of its own: SQLite puts its log beside it. */
export async function createSqliteFile(): Promise<SqliteFile> {
  const directory = await mkdtemp(join(tmpdir(), 'polystore-sqlite-'))
  return { url: `sqlite://${join(directory, 'test.db')}`, remove: () => rm(directory, { recursive: true, force: true }) }
}

/** One fresh file for a test file; `connect` gives handles that are closed with their test. */
export function useSqliteFile(): { url: () => string; connect: (options?: SqliteOptions, url?: string) => SqliteDatabase } {
  let file: SqliteFile | undefined
  beforeAll(async () => {
    file = await createSqliteFile()
  })
  afterAll(() => file?.remove())
  const url = () => file?.url ?? ''
  return {
    url,
    connect(options = {}, target = url()) {
      const handle = connectSqlite(target, options)
      onTestFinished(() => handle.close())
      return handle
    },
  }
}
