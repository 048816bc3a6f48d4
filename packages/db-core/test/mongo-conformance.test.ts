import { describeRepository } from '../src/testing/index.ts'
import { mongoCapabilities, mongoHarness } from './support/mongo-harness.ts'

describeRepository(mongoHarness, mongoCapabilities)
