import { BSON, MongoServerError, type Document } from 'mongodb'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoHandle } from './mongo-handle.ts'

/** What the database holds of one collection. */
export interface CollectionState {
  readonly exists: boolean
  readonly options: Document
  /** Those that are there for queries. */
  readonly indexes: readonly Document[]
  /** Those that a process is building at this moment. */
  readonly building: readonly Document[]
  /** The server's completion of a declared collation, by its text. */
  readonly collations: ReadonlyMap<string, Document>
}

const stateTimeoutMs = 30_000

/** Reads a collection with its indexes; changes nothing. */
export async function readCollectionState(
  database: Pick<MongoHandle, 'driver'>,
  definition: Pick<CollectionDefinition, 'name' | 'indexes'>,
): Promise<CollectionState> {
  const { name } = definition
  const collations = await completeCollations(database, definition)
  const [info] = await database.driver.listCollections({ name }, { nameOnly: false, ...limits() }).toArray()
  if (!info) return { exists: false, options: {}, indexes: [], building: [], collations }
  return { exists: true, options: info.options ?? {}, ...(await listIndexes(database, name)), collations }
}

/** The indexes of a collection, and apart from them those that are not finished: a plain list shows both alike. */
export async function listIndexes(
  { driver }: Pick<MongoHandle, 'driver'>,
  name: string,
): Promise<Pick<CollectionState, 'indexes' | 'building'>> {
  const command = { listIndexes: name, includeBuildUUIDs: true, cursor: { batchSize: 1000 }, maxTimeMS: stateTimeoutMs }
  try {
    const { cursor } = await driver.command(command, limits())
    const listed: readonly Document[] = cursor.firstBatch
    return {
      indexes: listed.filter((index) => index['buildUUID'] === undefined),
      building: listed.flatMap((index) => (index['buildUUID'] === undefined ? [] : [index['spec']])),
    }
  } catch (error) {
    // The collection was dropped since it was listed.
    if (error instanceof MongoServerError && error.code === namespaceNotFound) return { indexes: [], building: [] }
    throw error
  }
}

const namespaceNotFound = 26

/** What a collation leaves out depends on its locale, so the server is asked; a collection need not exist for that. */
async function completeCollations(
  { driver }: Pick<MongoHandle, 'driver'>,
  { name, indexes }: Pick<CollectionDefinition, 'name' | 'indexes'>,
): Promise<ReadonlyMap<string, Document>> {
  const declared: Document[] = indexes.flatMap(({ options }) => (options['collation'] === undefined ? [] : [options['collation']]))
  const distinct = new Map(declared.map((collation) => [collationText(collation), collation]))
  const completed = [...distinct].map(async ([text, collation]): Promise<[string, Document]> => {
    const find = { find: name, filter: {}, collation }
    const explained = await driver.command({ explain: find, verbosity: 'queryPlanner', maxTimeMS: stateTimeoutMs }, limits())
    return [text, explained['queryPlanner']?.collation ?? collation]
  })
  return new Map(await Promise.all(completed))
}

/** The key of CollectionState.collations. */
export function collationText(collation: unknown): string {
  return BSON.EJSON.stringify(collation)
}

function limits() {
  return { maxTimeMS: stateTimeoutMs, signal: AbortSignal.timeout(stateTimeoutMs) }
}
