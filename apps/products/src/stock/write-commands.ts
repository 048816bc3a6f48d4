import { SerializationError } from '@polystore/db-core'
import type { MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import { MongoServerError, type Document } from 'mongodb'

/*
 * The server's own words for many writes of one collection: one round trip and one encoding. The driver's bulkWrite looks at each
 * write by itself and measures its size, which costs more than the decision over it.
 */

interface Update {
  readonly q: Document
  readonly u: Document
  readonly multi?: boolean
}

/** @throws RepositoryError */
export async function writeInserts(
  database: MongoDatabase,
  { collection, documents }: { readonly collection: string; readonly documents: readonly Document[] },
  tx: MongoTransaction,
): Promise<void> {
  if (documents.length === 0) return
  await write(database, collection, { insert: collection, documents }, tx)
}

/** Answers how many documents were met. @throws RepositoryError */
export async function writeUpdates(
  database: MongoDatabase,
  { collection, updates }: { readonly collection: string; readonly updates: readonly Update[] },
  tx: MongoTransaction,
): Promise<number> {
  return updates.length === 0 ? 0 : write(database, collection, { update: collection, updates }, tx)
}

/** For writes that are guarded by what was read before. @throws SerializationError when not all documents were met */
export function requireMet(met: number, wanted: number, entity: string): void {
  if (met !== wanted) throw new SerializationError('A document was changed by somebody else', { entity })
}

/** Answers how many documents were met. The server reports a refused write inside an answer that is otherwise fine. */
async function write(database: MongoDatabase, entity: string, command: Document, tx: MongoTransaction): Promise<number> {
  return database.run(
    async (options) => {
      const answer = await database.driver.command(command, options)
      const [refused] = answer['writeErrors'] ?? []
      if (refused !== undefined) throw new MongoServerError(refused)
      return Number(answer['n'])
    },
    { tx, entity },
  )
}
