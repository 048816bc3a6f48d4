import type { CallOptions, CollectionDefinition, DocumentOf, MongoDatabase } from '@polystore/db-core/mongo'
import type { Document } from 'mongodb'
import type { MovementRange } from './movement.ts'

/** Documents that each stand for one movement, by one of their times. */
export interface MovementSource<Definition extends CollectionDefinition> {
  readonly definition: Definition
  readonly rank: number
  readonly time: string
  readonly filter: Document
  readonly projection?: Document
  /** The key of a place as `_id`. */
  readonly idOf: (key: string) => unknown
}

/** The documents of a source beyond the place, in the direction of reading; each is found by an index over time and id. */
export async function readRange<Definition extends CollectionDefinition>(
  database: MongoDatabase,
  source: MovementSource<Definition>,
  range: MovementRange,
): Promise<DocumentOf<Definition>[]> {
  const { definition, time, filter, projection = {} } = source
  const order = range.direction === 'older' ? -1 : 1
  const sort = { [time]: order, _id: order } as const
  const find = async (options: CallOptions) =>
    database.readingDriver
      .collection(definition.name)
      .find<DocumentOf<Definition>>({ ...filter, ...beyond(source, range) }, { ...options, projection, sort, limit: range.limit })
      .toArray()
  return database.run(find, { entity: definition.name, reads: true })
}

function beyond(
  { time, rank, idOf }: Pick<MovementSource<CollectionDefinition>, 'time' | 'rank' | 'idOf'>,
  { from, direction }: MovementRange,
): Document {
  if (from === undefined) return { [time]: { $exists: true } }
  const [strictly, orAt] = direction === 'older' ? (['$lt', '$lte'] as const) : (['$gt', '$gte'] as const)
  const isRankBeyond = direction === 'older' ? rank < from.rank : rank > from.rank
  if (rank !== from.rank) return { [time]: { [isRankBeyond ? orAt : strictly]: from.at } }
  return { [time]: { [orAt]: from.at }, $or: [{ [time]: { [strictly]: from.at } }, { _id: { [strictly]: idOf(from.key) } }] }
}
