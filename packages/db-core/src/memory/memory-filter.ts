import { InvalidValueError, UnsupportedError } from '../errors/repository-error.ts'
import { wordsOf, type CompareNode, type FilterNode, type SearchNode } from '../filters/parse-filter.ts'
import { fieldOf, type MemoryEntity, type MemoryField, type StoredRow } from './memory-entity.ts'
import { comparable, compareValues, type Comparable } from './memory-values.ts'

export type Predicate = (row: StoredRow) => boolean

/** A filter as a function. Relations have been resolved before: see `resolveExists`. */
export function compileFilter(node: FilterNode, entity: MemoryEntity): Predicate {
  switch (node.kind) {
    case 'all':
      return () => true
    case 'none':
      return () => false
    case 'not':
      return negate(compileFilter(node.node, entity))
    case 'and': {
      const all = node.nodes.map((inner) => compileFilter(inner, entity))
      return (row) => all.every((holds) => holds(row))
    }
    case 'or': {
      const any = node.nodes.map((inner) => compileFilter(inner, entity))
      return (row) => any.some((holds) => holds(row))
    }
    case 'search':
      return compileSearch(node, entity)
    case 'compare':
      return compileComparison(node, entity)
    case 'exists':
      throw new UnsupportedError(`The relation ${node.relation} of ${entity.name} was not resolved.`, { entity: entity.name })
  }
}

/** The value that rows of the field are compared with. @throws InvalidValueError for one that the field cannot hold */
export function comparand(entity: MemoryEntity, field: MemoryField, value: unknown): Comparable {
  const read = comparable(readOf(field)(field.read(value)))
  if (read !== undefined) return read
  throw new InvalidValueError(`The field ${field.name} of ${entity.name} cannot hold this value.`, {
    entity: entity.name,
    fields: [field.name],
  })
}

/** How a kept value of the field is compared. */
export function readOf({ isDecimal }: MemoryField): (value: unknown) => Comparable | undefined {
  if (!isDecimal) return comparable
  return (value) => (value === null || value === undefined ? undefined : Number(value))
}

function compileSearch({ words }: SearchNode, { searchFields = [] }: MemoryEntity): Predicate {
  return (row) => {
    const found = new Set(searchFields.flatMap((field) => wordsOf(textOf(row[field]))))
    return words.every((word) => found.has(word))
  }
}

function compileComparison(node: CompareNode, entity: MemoryEntity): Predicate {
  const field = fieldOf(entity, node.field)
  if (node.operator === 'isNull') return (row) => isMissing(row[node.field])
  if (node.operator === 'isNotNull') return (row) => !isMissing(row[node.field])
  const test = compileTest(node, entity, field)
  const read = node.ignoreCase ? foldedText : readOf(field)
  return (row) => {
    const value = read(row[node.field])
    // `ne` and `notIn` are the complements of `eq` and `in`, so they hold for a missing value and the others do not.
    return value === undefined ? node.operator === 'ne' || node.operator === 'notIn' : test(value)
  }
}

/** What a value that is there has to fulfil. */
function compileTest(node: CompareNode, entity: MemoryEntity, field: MemoryField): (value: Comparable) => boolean {
  const operand = (value: unknown) => (node.ignoreCase ? textOf(value).toLowerCase() : comparand(entity, field, value))
  switch (node.operator) {
    case 'eq':
    case 'ne':
      return equality(node.operator, [operand(node.value)])
    case 'in':
    case 'notIn':
      return equality(node.operator, node.value.map(operand))
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return ordering(node.operator, operand(node.value))
    case 'between':
      return range(operand(node.value[0]), operand(node.value[1]))
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return textTest(node.operator, node.ignoreCase ? node.value.toLowerCase() : node.value)
    case 'isNull':
    case 'isNotNull':
      return () => node.operator === 'isNotNull'
  }
}

function equality(operator: 'eq' | 'ne' | 'in' | 'notIn', operands: readonly Comparable[]): (value: Comparable) => boolean {
  const wanted = new Set(operands)
  return operator === 'eq' || operator === 'in' ? (value) => wanted.has(value) : (value) => !wanted.has(value)
}

function ordering(operator: 'gt' | 'gte' | 'lt' | 'lte', operand: Comparable): (value: Comparable) => boolean {
  switch (operator) {
    case 'gt':
      return (value) => order(value, operand) > 0
    case 'gte':
      return (value) => order(value, operand) >= 0
    case 'lt':
      return (value) => order(value, operand) < 0
    case 'lte':
      return (value) => order(value, operand) <= 0
  }
}

function range(from: Comparable, to: Comparable): (value: Comparable) => boolean {
  return (value) => order(value, from) >= 0 && order(value, to) <= 0
}

/** Text and numbers have no order among each other: no comparison of them is true. */
function order(value: Comparable, operand: Comparable): number {
  return (typeof value === 'string') === (typeof operand === 'string') ? compareValues(value, operand) : Number.NaN
}

function textTest(operator: 'contains' | 'startsWith' | 'endsWith', text: string): (value: Comparable) => boolean {
  switch (operator) {
    case 'contains':
      return (value) => String(value).includes(text)
    case 'startsWith':
      return (value) => String(value).startsWith(text)
    case 'endsWith':
      return (value) => String(value).endsWith(text)
  }
}

function foldedText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined
}

function negate(predicate: Predicate): Predicate {
  return (row) => !predicate(row)
}
