import { BSON, MongoServerError, type Document } from 'mongodb'
import type { Transaction } from '../repository/transaction.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import type { StoredDocument } from './mongo-documents.ts'

const maxDocuments = 1000
/** A command is a document and so at most 16 MB; documents are summed up to here. */
const maxBytes = 8_000_000

interface Insertion {
  readonly definition: CollectionDefinition
  readonly documents: readonly StoredDocument[]
  readonly tx: Transaction
}

/**
 * Inserts in order, in as few commands as fit. The command is sent as such because the driver's insertMany
 * drops `keyPattern`, which alone says without reading message text which key was taken.
 */
export async function insertAll(database: MongoDatabase, { definition, documents, tx }: Insertion): Promise<void> {
  for (const chunk of chunksOf(documents)) {
    await database.run(
      async (call) => {
        const command = { insert: definition.name, documents: chunk, ordered: true, maxTimeMS: call.maxTimeMS }
        throwWriteErrors(await database.driver.command(command, { ...call, ignoreUndefined: true }))
      },
      { tx, entity: definition.name },
    )
  }
}

function throwWriteErrors(answer: Document): void {
  const first: unknown = Array.isArray(answer['writeErrors']) ? answer['writeErrors'][0] : undefined
  if (typeof first === 'object' && first !== null) throw new MongoServerError({ ...first })
}

function chunksOf(documents: readonly StoredDocument[]): StoredDocument[][] {
  const chunks: StoredDocument[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const document of documents) {
    const size = BSON.calculateObjectSize(document, { ignoreUndefined: true })
    const last = chunks.at(-1)
    if (last && last.length < maxDocuments && bytes + size <= maxBytes) {
      last.push(document)
      bytes += size
    } else {
      chunks.push([document])
      bytes = size
    }
  }
  return chunks
}
