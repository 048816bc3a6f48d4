import { mariadbMissing } from '@polystore/testing'
import { describe } from 'vitest'
import { describeRepository } from '../src/testing/index.ts'
import { mysqlCapabilities, mysqlHarness } from './support/mysql-harness.ts'

const missing = mariadbMissing()

describe.skipIf(missing !== undefined)(missing === undefined ? 'with a server' : `skipped: ${missing}`, () => {
  describeRepository(mysqlHarness, mysqlCapabilities)
})
