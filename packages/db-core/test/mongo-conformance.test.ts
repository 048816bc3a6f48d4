import { describeRepository } from '../src/testing/index.ts'
import { mongoHarness } from './support/mongo-harness.ts'

describeRepository(mongoHarness)
