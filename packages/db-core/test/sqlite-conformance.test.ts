import { describeRepository } from '../src/testing/index.ts'
import { sqliteCapabilities, sqliteHarness } from './support/sqlite-harness.ts'

describeRepository(sqliteHarness, sqliteCapabilities)
