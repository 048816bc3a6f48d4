import { MongoServerError, type Document } from 'mongodb'
import { InvalidValueError, RepositoryError } from '../errors/repository-error.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import type { StoredDocument, UpdateStatement } from './mongo-documents.ts'
import { sizeAtMost } from './mongo-document-size.ts'
import { translateMongoError } from './mongo-errors.ts'

/*
 * Commands with many documents are sent as such, because the driver's own methods drop `keyPattern`, which alone says
 * without reading message text which key was taken.
 */

/** So many are written well within the time limit of a statement. */
const maxDocuments = 5000
/** A command is a document and so at most 16 MB; documents are summed up to here. */
const maxBytes = 12_000_000

interface Insertion {
  readonly definition: CollectionDefinition
  readonly documents: readonly StoredDocument[]
}

/** Inserts in order, in as few commands as fit; the first refusal is thrown and ends the transaction. */
export async function insertAll(
  database: MongoDatabase,
  { definition, documents, tx }: Insertion & { readonly tx: Transaction },
): Promise<void> {
  for (const chunk of chunksOf(documents)) {
    await send(database, { definition, tx, command: { insert: definition.name, documents: chunk, ordered: true } })
  }
}

/** Why a document was not stored; undefined where it was. */
export type Refusal = RepositoryError | undefined

/** Inserts what can be inserted, each document for itself. Throws only when nothing was stored. */
export async function insertEach(database: MongoDatabase, { definition, documents }: Insertion): Promise<Refusal[]> {
  const refusals: Refusal[] = []
  let broken: Refusal
  for (const chunk of chunksOf(documents)) {
    const found = broken ? chunk.map(() => broken) : await insertChunk(database, { definition, documents: chunk })
    if (found instanceof RepositoryError) {
      // One document that is no BSON, or too large, says nothing about the others.
      if (!(found instanceof InvalidValueError)) broken = found
      refusals.push(...chunk.map(() => found))
    } else refusals.push(...found)
  }
  if (broken && refusals.every((refusal) => refusal === broken)) throw broken
  return refusals
}

/** The refusals of a chunk, or why the whole was refused or lost. */
async function insertChunk(database: MongoDatabase, { definition, documents }: Insertion): Promise<Refusal[] | RepositoryError> {
  const command = { insert: definition.name, documents, ordered: false, writeConcern: { w: 'majority', j: true } }
  const refusals: Refusal[] = documents.map(() => undefined)
  try {
    const answer = await database.run(
      (call) => database.driver.command({ ...command, maxTimeMS: call.maxTimeMS }, { ...call, ignoreUndefined: true }),
      { entity: definition.name },
    )
    for (const error of writeErrorsOf(answer)) refusals[Number(error['index'])] = refusalOf(error, definition)
    return refusals
  } catch (error) {
    if (error instanceof RepositoryError) return error
    throw error
  }
}

function refusalOf(error: Document, { name }: CollectionDefinition): RepositoryError {
  const translated = translateMongoError(new MongoServerError({ ...error }), name)
  if (translated instanceof RepositoryError) return translated
  throw translated
}

/** One update of one document, which is inserted where the query finds none. */
export interface UpsertCommand {
  readonly query: Document
  readonly statement: UpdateStatement
}

/** Sends upserts in order; answers the places of those that inserted. The first refusal is thrown and ends the transaction. */
export async function upsertAll(
  database: MongoDatabase,
  {
    definition,
    upserts,
    tx,
  }: { readonly definition: CollectionDefinition; readonly upserts: readonly UpsertCommand[]; readonly tx: Transaction },
): Promise<ReadonlySet<number>> {
  const created = new Set<number>()
  let start = 0
  for (const updates of chunksOf(upserts.map(({ query, statement }) => ({ q: query, u: statement, upsert: true, multi: false })))) {
    const answer = await send(database, { definition, tx, command: { update: definition.name, updates, ordered: true } })
    for (const { index } of listOf(answer['upserted'])) created.add(start + Number(index))
    start += updates.length
  }
  return created
}

async function send(
  database: MongoDatabase,
  { definition, tx, command }: { definition: CollectionDefinition; tx: Transaction; command: Document },
): Promise<Document> {
  return await database.run(
    async (call) => {
      const answer = await database.driver.command({ ...command, maxTimeMS: call.maxTimeMS }, { ...call, ignoreUndefined: true })
      const [first] = writeErrorsOf(answer)
      if (first) throw new MongoServerError({ ...first })
      return answer
    },
    { tx, entity: definition.name },
  )
}

function writeErrorsOf(answer: Document): Document[] {
  return listOf(answer['writeErrors'])
}

function listOf(value: unknown): Document[] {
  return Array.isArray(value) ? value.filter((item: unknown) => typeof item === 'object' && item !== null) : []
}

/** In their order, so that a chunk is no larger than a command may be; what cannot be stored stands alone, for the driver to refuse. */
export function chunksOf<Item extends Document>(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const item of items) {
    const size = sizeAtMost(item)
    const last = chunks.at(-1)
    if (last && last.length < maxDocuments && bytes + size <= maxBytes) {
      last.push(item)
      bytes += size
    } else {
      chunks.push([item])
      bytes = size
    }
  }
  return chunks
}
