import { sql, type SQL } from 'drizzle-orm'
import type { Scalar } from '../filters/filter.ts'
import type { CompareNode, FilterNode } from '../filters/parse-filter.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeField, fieldOf, type SqlEntity, type SqlField } from './sql-entity.ts'
import { constantPart, slot, type SqlPart } from './sql-part.ts'
import { encodeValue } from './sql-values.ts'

/** The condition of a filter. In SQL a comparison with NULL is neither true nor false, so `not` is written as IS NOT TRUE. */
export function compileFilter(node: FilterNode, entity: SqlEntity<unknown>): SqlPart {
  switch (node.kind) {
    case 'all':
      return constantPart('true', sql`true`)
    case 'none':
      return constantPart('false', sql`false`)
    case 'not': {
      const inner = compileFilter(node.node, entity)
      return { shape: `!${inner.shape}`, values: inner.values, sql: () => sql`(${inner.sql()}) is not true` }
    }
    case 'and':
    case 'or':
      return joinParts(
        node.kind,
        node.nodes.map((child) => compileFilter(child, entity)),
      )
    case 'compare':
      return compileComparison(node, entity)
  }
}

/** A value for LIKE in which every character stands for itself. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}

/** Text in the order of its code points, as every other store sorts it. */
export function sortable({ column, kind }: SqlField): SQL {
  return kind === 'text' ? sql`${column} collate "C"` : sql`${column}`
}

function joinParts(kind: 'and' | 'or', parts: readonly SqlPart[]): SqlPart {
  return {
    shape: `${kind}(${parts.map(({ shape }) => shape).join(',')})`,
    values: parts.flatMap(({ values }) => values),
    sql: () =>
      sql`(${sql.join(
        parts.map((part) => part.sql()),
        sql.raw(` ${kind} `),
      )})`,
  }
}

function compileComparison(node: CompareNode, entity: SqlEntity<unknown>): SqlPart {
  const field = fieldOf(entity, node.field)
  const shape = `${node.field}.${node.operator}${node.ignoreCase ? '.i' : ''}`
  return { shape, values: comparedValues(node, field, entity), sql: () => comparisonSql(node, field) }
}

function comparedValues(node: CompareNode, field: SqlField, entity: SqlEntity<unknown>): WireValue[] {
  const encode = (value: Scalar) => (node.ignoreCase ? encodeValue(value) : encodeField(entity, field, value))
  switch (node.operator) {
    case 'in':
    case 'notIn':
      return [encodeValue(node.value.map(encode))]
    case 'between':
      return node.value.map(encode)
    case 'contains':
      return [`%${escapeLike(node.value)}%`]
    case 'startsWith':
      return [`${escapeLike(node.value)}%`]
    case 'endsWith':
      return [`%${escapeLike(node.value)}`]
    case 'isNull':
    case 'isNotNull':
      return []
    default:
      return [encode(node.value)]
  }
}

function comparisonSql(node: CompareNode, field: SqlField): SQL {
  const { column } = field
  const { plain, ordered, value } = node.ignoreCase ? foldedOperands(field) : operands(field)
  switch (node.operator) {
    case 'eq':
      return sql`${plain} = ${value}`
    case 'ne':
      return sql`${plain} is distinct from ${value}`
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
    case 'in':
      return sql`${plain} = any(${listSql(node)})`
    case 'notIn':
      return sql`(${plain} = any(${listSql(node)})) is not true`
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return sql`${node.ignoreCase ? plain : textSql(field)} like ${value} escape '\\'`
    case 'isNull':
      return sql`${column} is null`
    case 'isNotNull':
      return sql`${column} is not null`
  }
}

interface Operands {
  readonly plain: SQL
  readonly ordered: SQL
  readonly value: SQL
}

function operands(field: SqlField): Operands {
  return { plain: sql`${field.column}`, ordered: sortable(field), value: sql`${slot}` }
}

/** Both sides are folded by the database, so that they are folded alike. */
function foldedOperands(field: SqlField): Operands {
  const plain = sql`lower(${textSql(field)})`
  return { plain, ordered: sql`${plain} collate "C"`, value: sql`lower(${slot}::text)` }
}

function listSql(node: CompareNode): SQL {
  return node.ignoreCase ? sql`array(select lower(item) from unnest(${slot}::text[]) as item)` : sql`${slot}`
}

function textSql({ column, kind }: SqlField): SQL {
  return kind === 'text' ? sql`${column}` : sql`${column}::text`
}
