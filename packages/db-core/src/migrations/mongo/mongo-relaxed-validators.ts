import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import { isServerError, structureCommand } from '../../mongo/mongo-structure-command.ts'
import type { RelaxedValidator } from './mongo-record-documents.ts'

const timeoutMs = 30_000
const namespaceNotFound = 26

/** The validators that would refuse rows on their way to a new shape, which fit neither the old schema nor, yet, the new one. */
export async function strictValidators(
  database: Pick<MongoDatabase, 'driver'>,
  definitions: readonly CollectionDefinition[],
): Promise<RelaxedValidator[]> {
  return await translateMongoErrors(async () => {
    const names = { name: { $in: definitions.map(({ name }) => name) } }
    const limits = { maxTimeMS: timeoutMs, signal: AbortSignal.timeout(timeoutMs) }
    const found = await database.driver.listCollections(names, { nameOnly: false, ...limits }).toArray()
    return found.flatMap(({ name, options }) => {
      const action = String(options?.['validationAction'] ?? 'error')
      return options?.validator === undefined || action === 'warn' ? [] : [{ collection: name, action }]
    })
  })
}

/** Lets everything through, and the server logs what it would have refused. */
export async function relaxValidators(database: Pick<MongoDatabase, 'driver'>, validators: readonly RelaxedValidator[]): Promise<void> {
  for (const { collection } of validators) await setAction(database, collection, 'warn')
}

export async function restoreValidators(database: Pick<MongoDatabase, 'driver'>, validators: readonly RelaxedValidator[]): Promise<void> {
  for (const { collection, action } of validators) await setAction(database, collection, action)
}

async function setAction(database: Pick<MongoDatabase, 'driver'>, collection: string, action: string): Promise<void> {
  await translateMongoErrors(async () => {
    try {
      await structureCommand(database, { collMod: collection, validationAction: action })
    } catch (error) {
      // The script has dropped or renamed it.
      if (!isServerError(error, namespaceNotFound)) throw error
    }
  })
}
