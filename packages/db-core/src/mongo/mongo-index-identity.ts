import { BSON, type Document } from 'mongodb'
import type { ResolvedIndex } from './mongo-index-declarations.ts'
import { normaliseFilter } from './mongo-partial-filter.ts'

/** An index in the form of listIndexes. */
export function describeDeclared(index: ResolvedIndex): Document {
  return {
    ...index.options,
    name: index.name,
    key: index.key,
    unique: index.unique,
    hidden: index.hidden,
    ...(index.expireAfterSeconds !== undefined && { expireAfterSeconds: index.expireAfterSeconds }),
  }
}

/**
 * Two indexes with one identity answer the same queries and guard the same rule, and the server does not let both exist. The name,
 * `hidden` and the TTL are no part of it: the first means nothing, the others are changed in place. Versions of the server's formats
 * and its storage options are none either. The collation has to be as the server completes it; see readCollectionState.
 */
export function identityOf(index: Document): string {
  return BSON.EJSON.stringify([
    keyOf(index),
    index['unique'] === true,
    index['sparse'] === true,
    index['partialFilterExpression'] === undefined ? null : normaliseFilter(index['partialFilterExpression']),
    normaliseCollation(index['collation']),
    isText(index) ? textOptionsOf(index) : null,
    index['wildcardProjection'] === undefined ? null : flattenProjection(index['wildcardProjection']),
  ])
}

/** True for an index over words; a collection can have one. */
export function isText(index: Document): boolean {
  return Object.values(asDocument(index['key'])).includes('text')
}

function normaliseCollation(collation: unknown): unknown {
  const { version: _version, ...options } = asDocument(collation)
  if (options['locale'] === undefined || options['locale'] === 'simple') return null
  return sorted(Object.entries(options))
}

/** Fields in their order. The server keeps the words of a text index, whatever their fields, under `_fts` and `_ftsx` in one place. */
function keyOf(index: Document): unknown[] {
  const parts = Object.entries(asDocument(index['key'])).filter(([field]) => field !== '_ftsx')
  const keys = parts.map(([field, direction]) => (direction === 'text' ? ['words'] : [field, numberOrName(direction)]))
  return keys.filter((part, position) => part[0] !== 'words' || keys[position - 1]?.[0] !== 'words')
}

function textOptionsOf(index: Document): unknown[] {
  const words = Object.entries(asDocument(index['key'])).filter(([field, direction]) => direction === 'text' && field !== '_fts')
  const weights = { ...Object.fromEntries(words.map(([field]) => [field, 1])), ...asDocument(index['weights']) }
  const numbers = Object.entries(weights).map(([field, weight]): [string, unknown] => [field, Number(weight)])
  return [sorted(numbers), index['default_language'] ?? 'english', index['language_override'] ?? 'language']
}

/** `{ a: { b: 1 } }` and `{ 'a.b': true }` are one projection. */
function flattenProjection(projection: unknown, prefix = ''): [string, unknown][] {
  const entries = Object.entries(asDocument(projection)).flatMap(([field, value]): [string, unknown][] => {
    const path = prefix + field
    return typeof value === 'object' && value !== null && !('_bsontype' in value)
      ? flattenProjection(value, `${path}.`)
      : [[path, Boolean(Number(value))]]
  })
  return sorted(entries)
}

function sorted(entries: readonly [string, unknown][]): [string, unknown][] {
  return entries.toSorted(([one], [other]) => (one < other ? -1 : 1))
}

function numberOrName(direction: unknown): unknown {
  return typeof direction === 'string' ? direction : Number(direction)
}

function asDocument(value: unknown): Document {
  return typeof value === 'object' && value !== null ? value : {}
}
