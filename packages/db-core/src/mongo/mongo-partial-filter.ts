import { BSON } from 'mongodb'

/**
 * A partial filter as a sorted list of single conditions, as the server compares them: `{ a: 1, b: { $gt: 2, $lt: 9 } }` and
 * `{ $and: [{ b: { $lt: 9 } }, { b: { $gt: 2 } }, { a: { $eq: 1 } }] }` are one filter.
 */
export function normaliseFilter(filter: unknown): readonly unknown[] {
  return sortedTexts(conditionsOf(filter))
}

function conditionsOf(filter: unknown): unknown[] {
  return Object.entries(asObject(filter)).flatMap(([field, condition]): unknown[] => {
    if (field === '$and') return asList(condition).flatMap(conditionsOf)
    if (field === '$or') return [[field, sortedTexts(asList(condition).map((part) => normaliseFilter(part)))]]
    if (!hasOperators(condition)) return [[field, '$eq', condition]]
    return Object.entries(condition).map(([operator, value]) => [field, operator, value])
  })
}

function hasOperators(condition: unknown): condition is Record<string, unknown> {
  if (typeof condition !== 'object' || condition === null || '_bsontype' in condition) return false
  const names = Object.keys(condition)
  return names.length > 0 && names.every((name) => name.startsWith('$'))
}

function sortedTexts(parts: readonly unknown[]): string[] {
  return [...new Set(parts.map((part) => BSON.EJSON.stringify(part)))].toSorted()
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
