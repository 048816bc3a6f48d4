import { describeRepository } from '../src/testing/index.ts'
import { cachedHarness } from './support/cached-harness.ts'
import { sqliteCapabilities, sqliteHarness } from './support/sqlite-harness.ts'

describeRepository(cachedHarness(sqliteHarness), sqliteCapabilities)
