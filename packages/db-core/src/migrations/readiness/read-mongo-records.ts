import type { Document } from 'mongodb'
import { InvalidValueError } from '../../errors/repository-error.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { AppliedMigration } from './judge-records.ts'

/** The data migrations of a MongoDB database; none where nothing has ever been migrated. @throws RepositoryError */
export async function readMongoRecords(database: Pick<MongoDatabase, 'driver' | 'run'>): Promise<AppliedMigration[]> {
  const projection = { state: 1, contract: 1 }
  const records = database.driver.collection('polystore_migrations')
  const found = await database.run((options) => records.find({}, { ...options, projection }).toArray(), { reads: true })
  return found.map(toApplied)
}

function toApplied({ _id: name, state, contract }: Document): AppliedMigration {
  if (typeof name !== 'string' || (state !== 'applied' && state !== 'applying' && state !== 'undoing'))
    throw new InvalidValueError('The collection polystore_migrations has another shape.')
  return { name, state, ...(typeof contract === 'string' && { contract }) }
}
