import { describeRepository } from '../src/testing/index.ts'
import { cachedHarness } from './support/cached-harness.ts'
import { mongoCapabilities, mongoHarness } from './support/mongo-harness.ts'

describeRepository(cachedHarness(mongoHarness), mongoCapabilities)
