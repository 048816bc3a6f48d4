import type { Scalar } from '../filters/filter.ts'
import type { CompareNode, ExistsNode, FilterNode } from '../filters/parse-filter.ts'
import type { ResolvedSortKey } from '../filters/parse-sort.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a filter may speak of besides the fields of its row. */
export interface World {
  readonly searchFields?: readonly string[]
  /** The rows that a relation of `row` leads to and that its reader may see. */
  related?(row: Fields, relation: string): { readonly rows: readonly Fields[]; readonly world: World }
}

/** The truth table of filters, in memory: what every store must agree with. Shares no code with any of them. */
export function matches(row: Fields, node: FilterNode, world: World = {}): boolean {
  switch (node.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'and':
      return node.nodes.every((inner) => matches(row, inner, world))
    case 'or':
      return node.nodes.some((inner) => matches(row, inner, world))
    case 'not':
      return !matches(row, node.node, world)
    case 'exists':
      return leadsToMatch(row, node, world)
    case 'search':
      return node.words.every((word) => wordsIn(row, world).has(word))
    case 'compare':
      return compares(row[node.field], node)
  }
}

function leadsToMatch(row: Fields, { relation, node }: ExistsNode, world: World): boolean {
  const target = world.related?.(row, relation)
  if (target === undefined) throw new Error(`the oracle knows no relation ${relation}`)
  return target.rows.some((related) => matches(related, node, target.world))
}

function wordsIn(row: Fields, { searchFields = [] }: World): Set<string> {
  const words = new Set<string>()
  for (const field of searchFields) for (const word of wordsOfText(row[field])) words.add(word)
  return words
}

/** Letter by letter, so that nothing is owed to a pattern that a store may share. */
function wordsOfText(text: unknown): string[] {
  let spaced = ''
  for (const letter of typeof text === 'string' ? text : '') spaced += letter > '\u007f' || /\w/.test(letter) ? letter.toLowerCase() : ' '
  return spaced.split(' ').filter((word) => word !== '')
}

/** The order of sort keys, in memory; text goes by code point. */
export function rowOrder(keys: readonly ResolvedSortKey[]): (left: Fields, right: Fields) => number {
  return (left, right) => {
    for (const { field, direction, nulls } of keys) {
      const order = compareWithNulls(left[field], right[field], { direction, nulls })
      if (order !== 0) return order
    }
    return 0
  }
}

function compares(value: unknown, node: CompareNode): boolean {
  if (!isComparable(value)) return node.operator === 'isNull' || node.operator === 'ne' || node.operator === 'notIn'
  const fold = (scalar: Scalar): Scalar => (node.ignoreCase && typeof scalar === 'string' ? scalar.toLowerCase() : scalar)
  const order = (other: Scalar): number => compareScalars(fold(value), fold(other))
  const text = String(fold(value))
  switch (node.operator) {
    case 'eq':
      return order(node.value) === 0
    case 'ne':
      return order(node.value) !== 0
    case 'gt':
      return order(node.value) > 0
    case 'gte':
      return order(node.value) >= 0
    case 'lt':
      return order(node.value) < 0
    case 'lte':
      return order(node.value) <= 0
    case 'in':
      return node.value.some((item) => order(item) === 0)
    case 'notIn':
      return node.value.every((item) => order(item) !== 0)
    case 'between':
      return order(node.value[0]) >= 0 && order(node.value[1]) <= 0
    case 'contains':
      return text.includes(String(fold(node.value)))
    case 'startsWith':
      return text.startsWith(String(fold(node.value)))
    case 'endsWith':
      return text.endsWith(String(fold(node.value)))
    case 'isNull':
      return false
    case 'isNotNull':
      return true
  }
}

function compareWithNulls(left: unknown, right: unknown, { direction, nulls }: Pick<ResolvedSortKey, 'direction' | 'nulls'>): number {
  const hasLeft = isComparable(left)
  const hasRight = isComparable(right)
  if (!hasLeft || !hasRight) {
    if (hasLeft === hasRight) return 0
    return hasLeft === (nulls === 'last') ? -1 : 1
  }
  const order = compareScalars(left, right)
  return direction === 'asc' ? order : -order
}

function isComparable(value: unknown): value is Scalar {
  return value !== null && value !== undefined
}

function compareScalars(left: Scalar, right: Scalar): number {
  if (typeof left === 'string' && typeof right === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right))
  const [a, b] = [Number(left), Number(right)]
  return a < b ? -1 : a > b ? 1 : 0
}
