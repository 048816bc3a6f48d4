import { describeRepository } from '../src/testing/index.ts'
import { mysqlCapabilities, mysqlHarness } from './support/mysql-harness.ts'
import { describeMysql } from './support/mysql.ts'

describeMysql('with a server', () => describeRepository(mysqlHarness, mysqlCapabilities))
