import { describeRepository } from '../src/testing/index.ts'
import { postgresHarness } from './support/postgres-harness.ts'

describeRepository(postgresHarness('pg'))
