import { BSON, type Document } from 'mongodb'
import type { ResolvedIndex } from './mongo-index-declarations.ts'

/** What the server fills in when a collation leaves it out. */
const collationDefaults: Document = {
  caseLevel: false,
  caseFirst: 'off',
  strength: 3,
  numericOrdering: false,
  alternate: 'non-ignorable',
  maxVariable: 'punct',
  normalization: false,
  backwards: false,
}

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
 * Two indexes with one identity answer the same queries and guard the same rule. The name, `hidden` and the TTL are
 * no part of it: the first means nothing, the others can be changed in place.
 */
export function identityOf(index: Document): string {
  const text = normaliseText(index)
  return BSON.EJSON.stringify([
    text.key,
    index['unique'] === true,
    index['sparse'] === true,
    index['partialFilterExpression'] ?? null,
    normaliseCollation(index['collation']),
    text.weights,
    index['wildcardProjection'] ?? null,
  ])
}

function normaliseCollation(collation: unknown): unknown {
  if (!isDocument(collation) || collation['locale'] === 'simple') return null
  const { version: _version, locale, ...given } = collation
  const options = { ...collationDefaults, ...given }
  return [locale, Object.keys(collationDefaults).map((name) => options[name])]
}

/** The server keeps a text index under the keys `_fts` and `_ftsx`, with a weight for each field. */
function normaliseText(index: Document): { key: unknown; weights: unknown } {
  const key = isDocument(index['key']) ? index['key'] : {}
  const entries = Object.entries(key)
  const isText = entries.some(([, direction]) => direction === 'text')
  if (!isText) return { key: entries.map(([field, direction]) => [field, toNumber(direction)]), weights: null }
  const fields = entries.filter(([field, direction]) => direction === 'text' && field !== '_fts').map(([field]) => [field, 1] as const)
  const weights = { ...Object.fromEntries(fields), ...(isDocument(index['weights']) ? index['weights'] : {}) }
  const others = entries.filter(([field, direction]) => direction !== 'text' && field !== '_ftsx')
  return {
    key: ['text', others.map(([field, direction]) => [field, toNumber(direction)])],
    weights: [Object.entries(weights).toSorted(([a], [b]) => (a < b ? -1 : 1)), index['default_language'] ?? 'english'],
  }
}

function toNumber(direction: unknown): unknown {
  return typeof direction === 'string' ? direction : Number(direction)
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null
}
