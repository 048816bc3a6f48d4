import { describeRepository } from '../src/testing/index.ts'
import { cachedHarness } from './support/cached-harness.ts'
import { postgresCapabilities, postgresHarness } from './support/postgres-harness.ts'

describeRepository(cachedHarness(postgresHarness('postgres')), postgresCapabilities)
