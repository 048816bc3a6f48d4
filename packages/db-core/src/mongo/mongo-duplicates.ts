import type { Document } from 'mongodb'
import { ConflictError } from '../errors/repository-error.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoHandle } from './mongo-handle.ts'
import type { ResolvedIndex } from './mongo-index-declarations.ts'

const countTimeoutMs = 60_000

interface FailedBuild {
  readonly definition: Pick<CollectionDefinition, 'name'>
  readonly index: ResolvedIndex
  readonly cause: unknown
}

/** Why a unique index could not be built: how many keys are taken by more than one row; never which. */
export async function duplicatesError(database: Pick<MongoHandle, 'driver'>, build: FailedBuild): Promise<ConflictError> {
  const { definition, index, cause } = build
  const sharing = await countShared(database, definition.name, index).catch(() => undefined)
  // None are left where somebody has mended the rows meanwhile.
  const found = sharing?.keys
    ? `${words(sharing.keys, 'key is', 'keys are')} shared by ${sharing.rows} rows`
    : 'some keys are shared by several rows'
  return new ConflictError(`The unique index ${index.name} of ${definition.name} cannot be built: ${found} (${fieldsOf(index)}).`, {
    entity: definition.name,
    fields: index.fields,
    constraint: index.name,
    cause,
  })
}

const namedFields = 5

function fieldsOf({ fields }: ResolvedIndex): string {
  return fields.length > namedFields ? `${fields.slice(0, namedFields).join(', ')}, …` : fields.join(', ')
}

function words(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** The keys as the index sees them: each element of a list is one, in one document each key counts once, what is missing is null. */
async function countShared(
  { driver }: Pick<MongoHandle, 'driver'>,
  collection: string,
  index: ResolvedIndex,
): Promise<{ keys: number; rows: number }> {
  const paths = Object.keys(index.key)
  const key = Object.fromEntries(paths.map((path, position) => [`k${position}`, { $ifNull: [`$${path}`, null] }]))
  const stages = [
    { $match: coveredRows(index) },
    ...prefixesOf(paths).map((path) => ({ $unwind: { path: `$${path}`, preserveNullAndEmptyArrays: true } })),
    { $group: { _id: { row: '$_id', key } } },
    { $group: { _id: '$_id.key', rows: { $sum: 1 } } },
    { $match: { rows: { $gt: 1 } } },
    { $group: { _id: null, keys: { $sum: 1 }, rows: { $sum: '$rows' } } },
  ]
  const collation = index.options['collation']
  const limits = { allowDiskUse: true, maxTimeMS: countTimeoutMs, signal: AbortSignal.timeout(countTimeoutMs) }
  const [found] = await driver
    .collection(collection)
    .aggregate(stages, { ...limits, ...(collation !== undefined && { collation }) })
    .toArray()
  return { keys: Number(found?.['keys'] ?? 0), rows: Number(found?.['rows'] ?? 0) }
}

function coveredRows(index: ResolvedIndex): Document {
  if (index.options['sparse'] === true) return { $or: Object.keys(index.key).map((path) => ({ [path]: { $exists: true } })) }
  return index.options['partialFilterExpression'] ?? {}
}

/** `a.b` may hold lists at `a` and at `a.b`; each is taken apart once, the outer first. */
function prefixesOf(paths: readonly string[]): string[] {
  const prefixes = paths.flatMap((path) => {
    const parts = path.split('.')
    return parts.map((_, position) => parts.slice(0, position + 1).join('.'))
  })
  return [...new Set(prefixes)].toSorted((one, other) => one.split('.').length - other.split('.').length)
}
