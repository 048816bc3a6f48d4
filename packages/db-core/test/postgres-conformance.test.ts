import { describeRepository } from '../src/testing/index.ts'
import { postgresCapabilities, postgresHarness } from './support/postgres-harness.ts'

describeRepository(postgresHarness('postgres'), postgresCapabilities)
