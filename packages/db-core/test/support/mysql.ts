import { createMysqlDatabase, mariadbMissing, type TestDatabase } from '@polystore/testing'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { connectMysql, type MysqlDatabase, type MysqlOptions } from '../../src/sql/mysql/index.ts'

const missing = mariadbMissing()

/** A `describe` that is reported as skipped, with the reason, where this run has no MariaDB. */
export function describeMysql(name: string, define: () => void): void {
  describe.skipIf(missing !== undefined)(`${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    define()
  })
}

/** One fresh database for a file; `connect` gives handles that are closed with their test. */
export function useMysql(): { url: () => string; connect: (options?: MysqlOptions, url?: string) => MysqlDatabase } {
  let database: TestDatabase | undefined
  beforeAll(async () => {
    database = await createMysqlDatabase()
  })
  afterAll(() => database?.drop())
  const url = () => database?.url ?? ''
  return {
    url,
    connect(options = {}, target = url()) {
      const handle = connectMysql(target, options)
      onTestFinished(() => handle.close())
      return handle
    },
  }
}
