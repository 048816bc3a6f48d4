import { sql, type SQL } from 'drizzle-orm'
import type { Scalar } from '../filters/filter.ts'
import type { CompareNode, FilterNode, TextOperator } from '../filters/parse-filter.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeField, fieldOf, type SqlEntity } from './sql-entity.ts'
import { compileExists } from './sql-exists.ts'
import type { SqlField } from './sql-field.ts'
import { constantPart, joinSql, partsSql, type SqlPart } from './sql-part.ts'

/** The condition of a filter, `depth` queries deep. In SQL a comparison with NULL is neither true nor false, so `not` is written as IS NOT TRUE. */
export function compileFilter(node: FilterNode, entity: SqlEntity<unknown>, depth = 1): SqlPart {
  const { dialect } = entity
  switch (node.kind) {
    case 'all':
      return constantPart('true', dialect.true)
    case 'none':
      return constantPart('false', dialect.false)
    case 'not': {
      const inner = compileFilter(node.node, entity, depth)
      return { shape: `!${inner.shape}`, values: inner.values, sql: () => dialect.isNotTrue(inner.sql()) }
    }
    case 'and':
    case 'or':
      return joinParts(
        node.kind,
        node.nodes.map((child) => compileFilter(child, entity, depth)),
      )
    case 'exists':
      return compileExists(node, entity, depth, compileFilter)
    case 'search':
      return compileSearch(node.words, entity)
    case 'compare':
      return compileComparison(node, entity)
  }
}

/** A value for LIKE in which every character stands for itself. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}

/** The pattern of LIKE that finds a text in its place. */
export function likePattern(text: string, place: TextOperator): string {
  return `${place === 'startsWith' ? '' : '%'}${escapeLike(text)}${place === 'endsWith' ? '' : '%'}`
}

function joinParts(kind: 'and' | 'or', parts: readonly SqlPart[]): SqlPart {
  return {
    shape: `${kind}(${parts.map(({ shape }) => shape).join(',')})`,
    values: parts.flatMap(({ values }) => values),
    sql: () => sql`(${joinSql(partsSql(parts), sql.raw(` ${kind} `))})`,
  }
}

function compileSearch(words: readonly string[], entity: SqlEntity<unknown>): SqlPart {
  const { dialect, searchFields = [] } = entity
  const fields = searchFields.map((name) => fieldOf(entity, name))
  return {
    shape: `search${words.length}`,
    values: words.map((word) => dialect.encodeWord(word)),
    sql: () =>
      sql`(${joinSql(
        words.map(() => dialect.hasWord(fields)),
        sql` and `,
      )})`,
  }
}

function compileComparison(node: CompareNode, entity: SqlEntity<unknown>): SqlPart {
  const field = fieldOf(entity, node.field)
  if (isList(node)) return compileList(node, field, entity)
  const shape = `${node.field}.${node.operator}${node.ignoreCase ? '.i' : ''}`
  return { shape, values: comparedValues(node, field, entity), sql: () => comparisonSql(node, field, entity) }
}

type ListNode = Extract<CompareNode, { readonly operator: 'in' | 'notIn' }>
type ValueNode = Exclude<CompareNode, ListNode>

function isList(node: CompareNode): node is ListNode {
  return node.operator === 'in' || node.operator === 'notIn'
}

function compileList({ operator, value, ignoreCase }: ListNode, field: SqlField, entity: SqlEntity<unknown>): SqlPart {
  const { dialect } = entity
  const list = dialect.inList(
    field,
    value.map((item) => encodeCompared(item, ignoreCase, field, entity)),
    ignoreCase,
  )
  return {
    shape: `${field.name}.${operator}${ignoreCase ? '.i' : ''} ${list.shape}`,
    values: list.values,
    sql: () => (operator === 'in' ? list.sql() : dialect.isNotTrue(list.sql())),
  }
}

function encodeCompared(value: Scalar, ignoreCase: boolean, field: SqlField, entity: SqlEntity<unknown>): WireValue {
  return ignoreCase ? String(value) : encodeField(entity, field, value)
}

function comparedValues(node: ValueNode, field: SqlField, entity: SqlEntity<unknown>): readonly WireValue[] {
  const encode = (value: Scalar) => encodeCompared(value, node.ignoreCase, field, entity)
  switch (node.operator) {
    case 'between':
      return node.value.map(encode)
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return [entity.dialect.encodePattern(node.value, node.operator)]
    case 'isNull':
    case 'isNotNull':
      return []
    default:
      return [encode(node.value)]
  }
}

function comparisonSql({ operator, ignoreCase }: ValueNode, field: SqlField, { dialect }: SqlEntity<unknown>): SQL {
  const { column } = field
  const { plain, ordered, value } = dialect.operands(field, ignoreCase)
  switch (operator) {
    case 'eq':
      return sql`${plain} = ${value}`
    case 'ne':
      return dialect.isDistinct(plain, value)
    case 'gt':
      return sql`${ordered} > ${value}`
    case 'gte':
      return sql`${ordered} >= ${value}`
    case 'lt':
      return sql`${ordered} < ${value}`
    case 'lte':
      return sql`${ordered} <= ${value}`
    case 'between':
      return sql`${ordered} between ${value} and ${value}`
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return dialect.like(field, ignoreCase)
    case 'isNull':
      return sql`${column} is null`
    case 'isNotNull':
      return sql`${column} is not null`
  }
}
