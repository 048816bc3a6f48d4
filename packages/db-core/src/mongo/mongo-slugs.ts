import type { Collection } from 'mongodb'
import { slugCandidates, slugField } from '../mixins/slug.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import type { StoredDocument } from './mongo-documents.ts'
import { queryFor } from './mongo-query.ts'

/** The text that the slug of a new document is to be made of; undefined where it has one or needs none. */
export function slugSource({ traits: { slugFrom } }: CollectionDefinition, document: StoredDocument): string | undefined {
  if (slugFrom === undefined || document[slugField] !== undefined) return undefined
  const text = document[slugFrom]
  return typeof text === 'string' ? text : ''
}

interface SlugPlace {
  readonly database: MongoDatabase
  readonly definition: CollectionDefinition
  readonly documents: Collection<StoredDocument>
}

/**
 * Gives every document that needs one a slug that no live row of the snapshot has and no other of these documents. In a transaction
 * this comes before the insert, since a refused insert would end it; whoever takes the slug meanwhile makes the insert a conflict.
 */
export async function assignFreeSlugs(
  { database, definition, documents }: SlugPlace,
  fresh: readonly StoredDocument[],
  tx: Transaction,
): Promise<void> {
  if (definition.traits.slugFrom === undefined) return
  const wanting = fresh.map((document) => ({ document, source: slugSource(definition, document) }))
  const plans = wanting.flatMap(({ document, source }) =>
    source === undefined ? [] : [{ document, candidates: [...slugCandidates(source)] }],
  )
  if (plans.length === 0) return
  const wanted = [...new Set(plans.flatMap(({ candidates }) => candidates))]
  const query = queryFor(definition, { filter: { [slugField]: { $in: wanted } } })
  const found = await database.run(
    (call) => documents.find(query, { ...call, projection: { [slugField]: 1 }, batchSize: wanted.length + 1 }).toArray(),
    { tx, entity: definition.name, reads: true },
  )
  const taken = new Set<unknown>([...found, ...fresh].map((document) => document[slugField]))
  for (const { document, candidates } of plans) {
    // When all are taken, the last is, and its insert says so.
    const slug = candidates.find((candidate) => !taken.has(candidate)) ?? candidates.at(-1)
    document[slugField] = slug
    taken.add(slug)
  }
}
