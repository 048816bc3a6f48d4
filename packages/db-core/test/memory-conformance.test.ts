import { describeRepository } from '../src/testing/index.ts'
import { memoryForMongo, memoryForMongoCapabilities } from './support/memory-harness.ts'

describeRepository(memoryForMongo, memoryForMongoCapabilities)
