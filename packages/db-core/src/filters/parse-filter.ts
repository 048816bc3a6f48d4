import { InvalidFilterError } from '../errors/repository-error.ts'
import type { FilterTarget } from '../mixins/traits.ts'
import type { Scalar } from './filter.ts'

export type TextOperator = 'contains' | 'startsWith' | 'endsWith'
export type ScalarOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'
export type ListOperator = 'in' | 'notIn'

/** One comparison of one field, checked: its value has the shape that its operator needs, and no text holds a NUL. */
export type CompareNode = {
  readonly kind: 'compare'
  readonly field: string
  readonly ignoreCase: boolean
} & (
  | { readonly operator: ScalarOperator; readonly value: Scalar }
  | { readonly operator: ListOperator; readonly value: readonly Scalar[] }
  | { readonly operator: 'between'; readonly value: readonly [Scalar, Scalar] }
  | { readonly operator: TextOperator; readonly value: string }
  | { readonly operator: 'isNull' | 'isNotNull'; readonly value: true }
)

/** A filter after parsing: closed, simplified, safe to compile. `all` selects every row, `none` no row. */
export type FilterNode =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly node: FilterNode }
  | ExistsNode
  | SearchNode
  | CompareNode

/** At least one row of the relation's target matches `node`, which is parsed against the target. */
export interface ExistsNode {
  readonly kind: 'exists'
  readonly relation: string
  readonly node: FilterNode
  /** What `node` was parsed from, for a target that has to be asked by itself. */
  readonly filter: unknown
}

/** Every word is a word of one of the search fields. Words are in lower case and hold no separator; see `wordsOf`. */
export interface SearchNode {
  readonly kind: 'search'
  readonly words: readonly string[]
}

const all: FilterNode = { kind: 'all' }
const none: FilterNode = { kind: 'none' }
const maxDepth = 20
const maxComparisons = 200
/** How many words a search takes. */
export const maxWords = 20

/** ASCII punctuation and white space part words; every other character, and `_`, belongs to one. The same on every store. */
export const wordSeparators = /[\u0001-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u007f]+/

/** The different words of a text, in lower case. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().split(wordSeparators))].filter((word) => word !== '')
}

/**
 * Checks a filter of unknown origin against an entity, before any I/O.
 * @throws InvalidFilterError for anything that is not wholly understood; nothing is ever dropped.
 */
export function parseFilter(filter: unknown, target: FilterTarget): FilterNode {
  return parseNode(filter, { target, size: { comparisons: 0 } }, 1)
}

interface ParseContext {
  readonly target: FilterTarget
  /** Counted over the whole filter, its relations included. */
  readonly size: { comparisons: number }
}

function parseNode(filter: unknown, context: ParseContext, depth: number): FilterNode {
  if (depth > maxDepth) throw invalid(context, `is nested deeper than ${maxDepth} levels`)
  const entries = ownEntries(filter, context, 'must be an object')
  return joinAnd(entries.map(([key, value]) => parseEntry(key, value, context, depth)))
}

function parseEntry(key: string, value: unknown, context: ParseContext, depth: number): FilterNode {
  if (key === 'and') return joinAnd(parseNodes(key, value, context, depth))
  if (key === 'or') return joinOr(parseNodes(key, value, context, depth))
  if (key === 'not') return negate(parseNode(value, context, depth + 1))
  if (key === 'exists') return parseRelations(value, context, depth)
  if (key === 'search') return parseSearch(value, context)
  if (!context.target.fieldNames.has(key)) throw invalid(context, `names an unknown field ${printable(key)}`)
  return parseConditions(key, value, context)
}

function parseNodes(key: string, value: unknown, context: ParseContext, depth: number): FilterNode[] {
  if (!Array.isArray(value)) throw invalid(context, `needs a list under ${key}`)
  return Array.from(value, (item: unknown) => parseNode(item, context, depth + 1))
}

function parseRelations(value: unknown, context: ParseContext, depth: number): FilterNode {
  const entries = ownEntries(value, context, 'needs an object of relations under exists')
  if (entries.length === 0) throw invalid(context, 'names no relation under exists')
  return joinAnd(entries.map(([relation, filter]) => parseRelation(relation, filter, context, depth)))
}

function parseRelation(name: string, filter: unknown, context: ParseContext, depth: number): FilterNode {
  const { relations = {} } = context.target
  const relation = Object.hasOwn(relations, name) ? relations[name] : undefined
  if (relation === undefined) throw invalid(context, `names an unknown relation ${printable(name)}`)
  countComparison(context)
  const node = parseNode(filter, { target: relation.target().entity, size: context.size }, depth + 1)
  return node.kind === 'none' ? none : { kind: 'exists', relation: name, node, filter }
}

function parseSearch(value: unknown, context: ParseContext): FilterNode {
  if (!context.target.searchFields?.length) throw invalid(context, 'searches an entity without search fields')
  if (typeof value !== 'string' || !isScalar(value)) throw invalid(context, 'needs text for search')
  countComparison(context)
  const words = wordsOf(value)
  if (words.length === 0 || words.length > maxWords) throw invalid(context, `needs 1 to ${maxWords} words for search`)
  return { kind: 'search', words }
}

function countComparison(context: ParseContext): void {
  context.size.comparisons += 1
  if (context.size.comparisons > maxComparisons) throw invalid(context, `has more than ${maxComparisons} comparisons`)
}

function parseConditions(field: string, conditions: unknown, context: ParseContext): FilterNode {
  const entries = ownEntries(conditions, context, 'needs an object of conditions', field)
  const ignoreCase = parseIgnoreCase(field, entries, context)
  const comparisons = entries.filter(([operator]) => operator !== 'ignoreCase')
  if (comparisons.length === 0) throw invalid(context, `has no condition for ${field}`, field)
  return joinAnd(comparisons.map(([operator, value]) => parseComparison({ field, operator, value, ignoreCase }, context)))
}

function parseIgnoreCase(field: string, entries: readonly (readonly [string, unknown])[], context: ParseContext): boolean {
  const entry = entries.find(([operator]) => operator === 'ignoreCase')
  if (entry === undefined) return false
  if (entry[1] !== true) throw invalid(context, `takes only true for ignoreCase of ${field}`, field)
  return true
}

interface Comparison {
  readonly field: string
  readonly operator: string
  readonly value: unknown
  readonly ignoreCase: boolean
}

function parseComparison(comparison: Comparison, context: ParseContext): FilterNode {
  const { field, operator, value, ignoreCase } = comparison
  countComparison(context)
  switch (operator) {
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { kind: 'compare', field, operator, ignoreCase, value: parseScalar(value, comparison, context) }
    case 'in':
    case 'notIn': {
      const list = parseList(value, comparison, context)
      if (list.length === 0) return operator === 'in' ? none : all
      return { kind: 'compare', field, operator, ignoreCase, value: list }
    }
    case 'between':
      return { kind: 'compare', field, operator, ignoreCase, value: parseRange(value, comparison, context) }
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return { kind: 'compare', field, operator, ignoreCase, value: parseText(value, comparison, context) }
    case 'isNull':
    case 'isNotNull':
      if (value !== true) throw invalid(context, `takes only true for ${operator} of ${field}`, field)
      return { kind: 'compare', field, operator, ignoreCase: false, value }
    default:
      throw invalid(context, `names an unknown operator ${printable(operator)} for ${field}`, field)
  }
}

function parseList(value: unknown, comparison: Comparison, context: ParseContext): readonly Scalar[] {
  const { field, operator } = comparison
  if (!Array.isArray(value)) throw invalid(context, `needs a list for ${operator} of ${field}`, field)
  return Array.from(value, (item: unknown) => parseScalar(item, comparison, context))
}

function parseRange(value: unknown, comparison: Comparison, context: ParseContext): readonly [Scalar, Scalar] {
  const [from, to, ...rest] = parseList(value, comparison, context)
  if (from === undefined || to === undefined || rest.length > 0) {
    throw invalid(context, `needs two values for between of ${comparison.field}`, comparison.field)
  }
  return [from, to]
}

function parseText(value: unknown, comparison: Comparison, context: ParseContext): string {
  const scalar = parseScalar(value, comparison, context)
  if (typeof scalar === 'string') return scalar
  throw invalid(context, `needs text for ${comparison.operator} of ${comparison.field}`, comparison.field)
}

function parseScalar(value: unknown, { field, operator, ignoreCase }: Comparison, context: ParseContext): Scalar {
  if (!isScalar(value)) {
    const hint = value === null ? '; use isNull' : ''
    throw invalid(context, `has no comparable value for ${operator} of ${field}${hint}`, field)
  }
  if (ignoreCase && typeof value !== 'string') throw invalid(context, `can ignore case of text only, not for ${field}`, field)
  return value
}

/** True for values that every store holds and compares alike: no NaN, no infinity, no NUL, no half of a character. */
export function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return typeof value === 'bigint' || typeof value === 'boolean'
}

function joinAnd(nodes: readonly FilterNode[]): FilterNode {
  if (nodes.some((node) => node.kind === 'none')) return none
  return (
    join(
      'and',
      nodes.filter((node) => node.kind !== 'all'),
    ) ?? all
  )
}

function joinOr(nodes: readonly FilterNode[]): FilterNode {
  if (nodes.some((node) => node.kind === 'all')) return all
  return (
    join(
      'or',
      nodes.filter((node) => node.kind !== 'none'),
    ) ?? none
  )
}

function join(kind: 'and' | 'or', nodes: readonly FilterNode[]): FilterNode | undefined {
  return nodes.length > 1 ? { kind, nodes } : nodes[0]
}

function negate(node: FilterNode): FilterNode {
  switch (node.kind) {
    case 'all':
      return none
    case 'none':
      return all
    case 'not':
      return node.node
    case 'and':
    case 'or':
    case 'exists':
    case 'search':
    case 'compare':
      return { kind: 'not', node }
  }
}

function ownEntries(value: unknown, context: ParseContext, expectation: string, field?: string): [string, unknown][] {
  const place = field === undefined ? '' : ` for ${field}`
  if (!isPlainObject(value)) throw invalid(context, `${expectation}${place}`, field)
  if (Object.getOwnPropertySymbols(value).length > 0) throw invalid(context, `has a symbol as a name${place}`, field)
  return Object.entries(value)
}

/** True for an object that is nothing but its fields. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Names can come from clients too; only harmless ones are repeated. */
function printable(name: string): string {
  return /^[A-Za-z_][\w.]{0,63}$/.test(name) ? `"${name}"` : '(not printable)'
}

function invalid(context: ParseContext, problem: string, field?: string): InvalidFilterError {
  return new InvalidFilterError(`The filter of ${context.target.name} ${problem}.`, {
    entity: context.target.name,
    fields: field === undefined ? [] : [field],
  })
}
