import type { Scalar } from '../filters/filter.ts'
import type { CompareNode, FilterNode } from '../filters/parse-filter.ts'
import type { ResolvedSortKey } from '../filters/parse-sort.ts'

type Fields = Readonly<Record<string, unknown>>

/** The truth table of filters, in memory: what every store must agree with. */
export function matches(row: Fields, node: FilterNode): boolean {
  switch (node.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'and':
      return node.nodes.every((inner) => matches(row, inner))
    case 'or':
      return node.nodes.some((inner) => matches(row, inner))
    case 'not':
      return !matches(row, node.node)
    case 'compare':
      return compares(row[node.field], node)
  }
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
