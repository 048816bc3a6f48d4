import { sql, type SQL } from 'drizzle-orm'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { ExistsNode, FilterNode } from '../filters/parse-filter.ts'
import type { RelatedReader } from '../relations/relation.ts'
import { fieldOf, type SqlEntity } from './sql-entity.ts'
import type { SqlField } from './sql-field.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import { aliasOf, reachedEntity } from './sql-related.ts'
import { visibleRows } from './sql-scope.ts'

/** Compiles the filter of the target, `depth` queries deep. */
export type CompileInner = (node: FilterNode, entity: SqlEntity<unknown>, depth: number) => SqlPart

/** A correlated EXISTS: the target's live rows of the call's tenant. @throws UnsupportedError for a target outside of this database */
export function compileExists(node: ExistsNode, entity: SqlEntity<unknown>, depth: number, compile: CompileInner): SqlPart {
  const relation = entity.relations?.[node.relation]
  if (relation === undefined) throw unreachable(node, entity)
  const local = fieldOf(entity, relation.localField ?? entity.keyField)
  const target = inner(relation.target(), `r${depth}`, node, entity)
  const condition = allOf([compile(node.node, target, depth + 1), visibleRows(target)])
  if (relation.through === undefined) return subquery(node, { from: target, field: relation.targetField }, local, condition)
  const link = inner(relation.through.reader(), `t${depth}`, node, entity)
  const reached = subquery(node, { from: target, field: undefined }, fieldOf(link, relation.through.throughField), condition)
  return subquery(node, { from: link, field: relation.targetField }, local, allOf([visibleRows(link), reached]))
}

interface Source {
  /** Aliased. */
  readonly from: SqlEntity<unknown>
  /** The field that names the outer row; the key when undefined. */
  readonly field: string | undefined
}

function subquery(node: ExistsNode, { from, field }: Source, outer: SqlField, condition: SqlPart): SqlPart {
  const own = field === undefined ? from.key : fieldOf(from, field)
  if (own.kind !== outer.kind) throw new UnsupportedError(`The relation ${node.relation} compares fields of different types.`)
  return {
    shape: `exists ${node.relation}(${condition.shape})`,
    values: condition.values,
    sql: () => sql`exists (select 1 from ${aliasedTable(from)} where ${own.column} = ${outer.column} and ${condition.sql()})`,
  }
}

/** The alias stands in the columns of an aliased entity. */
function aliasedTable({ table, key }: SqlEntity<unknown>): SQL {
  return sql`${table} as ${key.column.table}`
}

function inner(reader: RelatedReader, alias: string, node: ExistsNode, entity: SqlEntity<unknown>): SqlEntity<unknown> {
  const reached = reachedEntity(reader)
  if (reached === undefined) throw unreachable(node, entity)
  return aliasOf(reached, alias)
}

function unreachable({ relation }: ExistsNode, { name }: SqlEntity<unknown>): UnsupportedError {
  return new UnsupportedError(`The relation ${relation} of ${name} cannot be followed by its database.`, { entity: name })
}
