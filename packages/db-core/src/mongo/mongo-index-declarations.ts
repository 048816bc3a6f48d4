import { createHash } from 'node:crypto'
import { BSON, type Document } from 'mongodb'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { EntityTraits } from '../mixins/traits.ts'
import type { FieldTraits } from './mongo-fields.ts'

export type IndexDirection = 1 | -1 | 'text' | 'hashed' | '2dsphere'

/** An index as it is declared beside its collection; fields are those of the row, nested ones with dots. */
export interface IndexDeclaration {
  readonly key: Readonly<Record<string, IndexDirection>>
  readonly unique?: boolean
  readonly sparse?: boolean
  /** Only documents that match are in the index; in the language of MongoDB. */
  readonly partialFilterExpression?: Document
  readonly collation?: {
    readonly locale: string
    readonly strength?: 1 | 2 | 3 | 4 | 5
    readonly numericOrdering?: boolean
    readonly caseLevel?: boolean
  }
  /** Seconds after the date in the field at which the server removes the document. */
  readonly expireAfterSeconds?: number
  readonly hidden?: boolean
  readonly weights?: Readonly<Record<string, number>>
  readonly defaultLanguage?: string
  readonly wildcardProjection?: Document
  /** A name of your own, without the prefix. */
  readonly name?: string
}

/** An index with its name and everything that the mixins add. */
export interface ResolvedIndex {
  readonly name: string
  /** The declared fields, in the names of the row. */
  readonly fields: readonly string[]
  readonly key: Readonly<Record<string, IndexDirection>>
  readonly unique: boolean
  readonly hidden: boolean
  readonly expireAfterSeconds: number | undefined
  /** What createIndexes takes besides name, key, unique, hidden and expireAfterSeconds. */
  readonly options: Document
}

/** Indexes whose name begins so belong to db-core; all others are foreign and stay untouched. */
export const ownedPrefix = 'ps_'

interface IndexContext {
  readonly collection: string
  readonly fields: ReadonlyMap<string, FieldTraits>
  readonly traits: EntityTraits
}

export function resolveIndexes(declarations: readonly IndexDeclaration[], context: IndexContext): readonly ResolvedIndex[] {
  const resolved = declarations.map((declaration) => resolveIndex(declaration, context))
  const names = new Set(resolved.map((index) => index.name))
  if (names.size < resolved.length) throw new UnsupportedError(`${context.collection} declares one index twice.`)
  return resolved
}

function resolveIndex(declaration: IndexDeclaration, context: IndexContext): ResolvedIndex {
  const { unique = false, hidden = false } = declaration
  const fields = Object.keys(declaration.key)
  for (const field of fields) requireField(field, context)
  requireSense(declaration, context.collection)
  const key = Object.fromEntries(Object.entries(declaration.key).map(([field, direction]) => [toPath(field), direction]))
  const options = withoutUndefined({
    sparse: declaration.sparse,
    collation: declaration.collation,
    partialFilterExpression: partialFilter(declaration, fields, context),
    weights: declaration.weights,
    default_language: declaration.defaultLanguage,
    wildcardProjection: declaration.wildcardProjection,
  })
  const name = ownedPrefix + (declaration.name ?? defaultName(key, { unique, ...options }))
  return { name, fields, key, unique, hidden, expireAfterSeconds: declaration.expireAfterSeconds, options }
}

/** Key and options in one name, so that a changed index never meets the old one under the same name. */
function defaultName(key: Readonly<Record<string, IndexDirection>>, identity: Document): string {
  const readable = Object.entries(key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_')
    .replaceAll('$**', 'all')
  const hash = createHash('sha256')
    .update(BSON.EJSON.stringify([Object.entries(key), identity]))
    .digest('hex')
    .slice(0, 6)
  return `${readable.slice(0, 80)}_${hash}`
}

/** A unique key holds among live rows, and a missing part makes it free: both as in SQL. */
function partialFilter(declaration: IndexDeclaration, fields: readonly string[], context: IndexContext): Document | undefined {
  const { partialFilterExpression: declared, unique, sparse } = declaration
  if (!unique || sparse) return declared
  const present = fields.flatMap((field) => presence(field, context.fields))
  const live = context.traits.softDelete ? [{ deletedAt: { $eq: null } }] : []
  const conditions = [...present, ...live, ...(declared ? [declared] : [])]
  if (conditions.length === 0) return undefined
  const names = conditions.flatMap((condition) => Object.keys(condition))
  return new Set(names).size === names.length ? Object.assign({}, ...conditions) : { $and: conditions }
}

/** A lower bound says "has a value" in a form from which the planner knows that the index serves an equality. */
function presence(field: string, fields: ReadonlyMap<string, FieldTraits>): Document[] {
  const traits = fields.get(field)
  if (!traits || (!traits.nullable && !traits.optional)) return []
  const lowest = lowestValue(traits.type)
  return [{ [field]: lowest === undefined ? { $exists: true } : { $gte: lowest } }]
}

function lowestValue(type: string): unknown {
  switch (type) {
    case 'string':
    case 'enum':
      return ''
    case 'number':
    case 'int':
    case 'bigint':
      return Number.NEGATIVE_INFINITY
    case 'date':
      return new Date(-8.64e15)
    case 'boolean':
      return false
    default:
      return undefined
  }
}

function requireField(field: string, { collection, fields }: IndexContext): void {
  const top = field.split('.')[0] ?? field
  if (top === '$**' || fields.has(top)) return
  throw new UnsupportedError(`An index of ${collection} names the unknown field ${top}.`)
}

function requireSense({ key, expireAfterSeconds }: IndexDeclaration, collection: string): void {
  const fields = Object.entries(key)
  if (fields.length === 1 && fields[0]?.[0] === 'id' && typeof fields[0][1] === 'number') {
    throw new UnsupportedError(`Every collection has an index of id; ${collection} need not declare one.`)
  }
  if (expireAfterSeconds === undefined) return
  const valid = fields.length === 1 && Number.isInteger(expireAfterSeconds) && expireAfterSeconds >= 0 && expireAfterSeconds < 2 ** 31 - 1
  if (!valid) throw new UnsupportedError(`An expiry in ${collection} takes an index of one field and whole seconds, fewer than 68 years.`)
}

function toPath(field: string): string {
  return field === 'id' ? '_id' : field
}

function withoutUndefined(options: Document): Document {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
