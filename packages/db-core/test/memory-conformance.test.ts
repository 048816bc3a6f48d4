import { describeRepository } from '../src/testing/index.ts'
import { memoryCapabilities, memoryForMongo, memoryForPostgres } from './support/memory-harness.ts'

describeRepository(memoryForPostgres, { ...memoryCapabilities, foreignKeys: true })
describeRepository(memoryForMongo, { ...memoryCapabilities, foreignKeys: false })
