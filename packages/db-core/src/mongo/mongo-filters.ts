import { BSONRegExp, type Document } from 'mongodb'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { CompareNode, FilterNode } from '../filters/parse-filter.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import { withoutWideIntegers } from './mongo-integers.ts'
import { compileSearch } from './mongo-search.ts'

const comparison = { eq: '$eq', ne: '$ne', gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const

/**
 * A query with the truth table of `Filter`. Every value stands behind an explicit operator, so none can act as one.
 * @throws UnsupportedError for `exists`, which has to be resolved first, and for what the key of the collection cannot be compared with
 */
export function compileFilter(node: FilterNode, definition: CollectionDefinition, searchFields: readonly string[] = []): Document {
  switch (node.kind) {
    case 'all':
      return {}
    case 'none':
      return { _id: { $in: [] } }
    case 'and':
      return { $and: node.nodes.map((inner) => compileFilter(inner, definition, searchFields)) }
    case 'or':
      return { $or: node.nodes.map((inner) => compileFilter(inner, definition, searchFields)) }
    case 'not':
      return { $nor: [compileFilter(node.node, definition, searchFields)] }
    case 'search':
      return compileSearch(node, searchFields)
    case 'exists':
      throw new UnsupportedError(`The relation ${node.relation} of ${definition.name} has to be resolved before.`, {
        entity: definition.name,
      })
    case 'compare':
      return compileComparison(node, definition)
  }
}

function compileComparison(node: CompareNode, definition: CollectionDefinition): Document {
  const path = toPath(node.field)
  if (node.ignoreCase) return compileIgnoringCase(node, path, definition)
  const encode = (value: unknown) => encodeValue(node.field, value, definition)
  switch (node.operator) {
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { [path]: { [comparison[node.operator]]: encode(node.value) } }
    case 'in':
      return { [path]: { $in: node.value.map(encode) } }
    case 'notIn':
      return { [path]: { $nin: node.value.map(encode) } }
    case 'between':
      return { [path]: { $gte: encode(node.value[0]), $lte: encode(node.value[1]) } }
    case 'isNull':
      return { [path]: { $eq: null } }
    case 'isNotNull':
      return { [path]: { $ne: null } }
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return { [path]: { $regex: textPattern(node, definition) } }
  }
}

function compileIgnoringCase(node: CompareNode, path: string, definition: CollectionDefinition): Document {
  switch (node.operator) {
    case 'eq':
      return { [path]: { $regex: wholeText(node.value) } }
    case 'ne':
      return { [path]: { $not: wholeText(node.value) } }
    case 'in':
      return { [path]: { $in: node.value.map(wholeText) } }
    case 'notIn':
      return { [path]: { $nin: node.value.map(wholeText) } }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { $expr: { $and: [isText(path), lowerCompare(comparison[node.operator], path, node.value)] } }
    case 'between':
      return { $expr: { $and: [isText(path), lowerCompare('$gte', path, node.value[0]), lowerCompare('$lte', path, node.value[1])] } }
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return { [path]: { $regex: textPattern(node, definition) } }
    case 'isNull':
    case 'isNotNull':
      return compileComparison({ ...node, ignoreCase: false }, definition)
  }
}

function textPattern(node: CompareNode, definition: CollectionDefinition): BSONRegExp {
  if (node.field === 'id' && definition.key.kind !== 'string') {
    throw new UnsupportedError(`The id of ${definition.name} is not stored as text.`, { entity: definition.name, fields: ['id'] })
  }
  const text = escapeText(String(node.value))
  const flags = node.ignoreCase ? 'i' : ''
  if (node.operator === 'startsWith') return new BSONRegExp(`^${text}`, flags)
  return new BSONRegExp(node.operator === 'endsWith' ? `${text}${endOfText}` : text, flags)
}

/** Unlike `$`, it does not match before a line feed at the end. */
const endOfText = String.raw`\z`

function wholeText(value: unknown): BSONRegExp {
  return new BSONRegExp(`^${escapeText(String(value))}${endOfText}`, 'i')
}

/** The text itself as a PCRE pattern: an escaped character that is no letter or digit always stands for itself. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}#/-]/g, String.raw`\$&`).replaceAll('\0', String.raw`\x00`)
}

function isText(path: string): Document {
  return { $eq: [{ $type: `$${path}` }, 'string'] }
}

/** Both sides are folded by the server, which knows the case of ASCII letters only. */
function lowerCompare(operator: string, path: string, value: unknown): Document {
  return { [operator]: [{ $toLower: `$${path}` }, { $toLower: { $literal: value } }] }
}

/** A value of a row as its document holds it. @throws InvalidValueError for what none can hold */
export function encodeValue(field: string, value: unknown, definition: CollectionDefinition): unknown {
  if (field === 'id' && value !== null) return definition.key.encode(value, definition.name)
  return withoutWideIntegers(value, { entity: definition.name, field })
}

export function toPath(field: string): string {
  return field === 'id' ? '_id' : field
}
