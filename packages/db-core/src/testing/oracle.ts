type Fields = Readonly<Record<string, unknown>>

/** What a filter may speak of besides the fields of its row. */
export interface World {
  readonly searchFields?: readonly string[]
  /** The rows that a relation of `row` leads to and that its reader may see. */
  related?(row: Fields, relation: string): { readonly rows: readonly Fields[]; readonly world: World }
}

/**
 * The truth table of filters, in memory: what every store must agree with. It reads the filter as it was written and shares no code
 * with any store, nor with the parser before them.
 */
export function matches(row: Fields, filter: object, world: World = {}): boolean {
  return Object.entries(filter).every(([key, value]) => holds(row, key, value, world))
}

interface Key {
  readonly field: string
  readonly direction: 'asc' | 'desc'
  readonly nulls?: 'first' | 'last'
}

/** The order of rows, in memory: text by code point, nulls last in `asc` and first in `desc` unless said otherwise, ties by `id`. */
export function rowOrder(orderBy: readonly Key[]): (left: Fields, right: Fields) => number {
  const keys: readonly Key[] = [...orderBy, { field: 'id', direction: orderBy.at(-1)?.direction ?? 'asc' }]
  return (left, right) => keys.map((key) => compareBy(key, left[key.field], right[key.field])).find((order) => order !== 0) ?? 0
}

function holds(row: Fields, key: string, value: unknown, world: World): boolean {
  switch (key) {
    case 'and':
      return listOf(value).every((inner) => matches(row, fieldsOf(inner), world))
    case 'or':
      return listOf(value).some((inner) => matches(row, fieldsOf(inner), world))
    case 'not':
      return !matches(row, fieldsOf(value), world)
    case 'exists':
      return Object.entries(fieldsOf(value)).every(([relation, inner]) => leadsToMatch(row, relation, fieldsOf(inner), world))
    case 'search':
      return [...wordsOfText(value)].every((word) => wordsIn(row, world).has(word))
    default:
      return meetsAll(row[key], fieldsOf(value))
  }
}

function leadsToMatch(row: Fields, relation: string, filter: Fields, world: World): boolean {
  const target = world.related?.(row, relation)
  if (target === undefined) throw new Error(`the oracle knows no relation ${relation}`)
  return target.rows.some((related) => matches(related, filter, target.world))
}

function wordsIn(row: Fields, { searchFields = [] }: World): Set<string> {
  return new Set(searchFields.flatMap((field) => [...wordsOfText(row[field])]))
}

/** Letter by letter, so that nothing is owed to a pattern that a store may share. */
function wordsOfText(text: unknown): Set<string> {
  let spaced = ''
  for (const letter of typeof text === 'string' ? text : '') spaced += letter > '\u007f' || /\w/.test(letter) ? letter.toLowerCase() : ' '
  return new Set(spaced.split(' ').filter((word) => word !== ''))
}

/** All conditions of one field. */
function meetsAll(value: unknown, { ignoreCase, ...conditions }: Fields): boolean {
  const fold = (scalar: unknown): unknown => (ignoreCase === true && typeof scalar === 'string' ? scalar.toLowerCase() : scalar)
  return Object.entries(conditions).every(([operator, operand]) => {
    const other = Array.isArray(operand) ? operand.map(fold) : fold(operand)
    return value === null || value === undefined ? meetsMissing(operator) : meets(fold(value), operator, other)
  })
}

/** A comparison with a missing value is false, and the complements of `eq` and `in` are true. */
function meetsMissing(operator: string): boolean {
  return operator === 'isNull' || operator === 'ne' || operator === 'notIn'
}

function meets(value: unknown, operator: string, other: unknown): boolean {
  const [first, second] = listOf(other)
  switch (operator) {
    case 'eq':
      return order(value, other) === 0
    case 'ne':
      return order(value, other) !== 0
    case 'gt':
      return order(value, other) > 0
    case 'gte':
      return order(value, other) >= 0
    case 'lt':
      return order(value, other) < 0
    case 'lte':
      return order(value, other) <= 0
    case 'in':
      return listOf(other).some((item) => order(value, item) === 0)
    case 'notIn':
      return listOf(other).every((item) => order(value, item) !== 0)
    case 'between':
      return order(value, first) >= 0 && order(value, second) <= 0
    case 'contains':
      return String(value).includes(String(other))
    case 'startsWith':
      return String(value).startsWith(String(other))
    case 'endsWith':
      return String(value).endsWith(String(other))
    case 'isNull':
      return false
    case 'isNotNull':
      return true
    default:
      throw new Error(`the oracle knows no operator ${operator}`)
  }
}

function compareBy({ direction, nulls = direction === 'asc' ? 'last' : 'first' }: Key, left: unknown, right: unknown): number {
  const [leftMissing, rightMissing] = [left ?? null, right ?? null].map((value) => value === null)
  if (leftMissing && rightMissing) return 0
  if (leftMissing || rightMissing) return leftMissing === (nulls === 'first') ? -1 : 1
  return direction === 'asc' ? order(left, right) : order(right, left)
}

function order(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right))
  const [a, b] = [Number(left), Number(right)]
  return a < b ? -1 : a > b ? 1 : 0
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new Error('the oracle expects an object here')
  return { ...value }
}
