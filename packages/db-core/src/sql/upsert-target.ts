import type { Table as AnyTable } from 'drizzle-orm'
import { ConflictError, UnsupportedError } from '../errors/repository-error.ts'
import type { SqlEntity } from './sql-entity.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import { deletionGuard, equalsWire } from './sql-scope.ts'
import type { SqlTable } from './sql-table.ts'
import type { UpsertPlan } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'

/** What an upsert goes by, on databases that do not say it in the statement. */
export interface UpsertTarget<Table extends AnyTable> {
  readonly table: SqlTable<Table>
  /** The fields of the unique key, the tenant included. */
  readonly conflict: readonly string[]
  readonly plan: UpsertPlan
}

/** The row that has the unique key of `row`; a deleted one only where the key holds deleted rows as well. @throws UnsupportedError */
export function sameKey<Table extends AnyTable>({ table: { entity }, conflict }: UpsertTarget<Table>, row: NewRow): SqlPart {
  const liveOnly = requireUniqueKey(entity, conflict).liveOnly && entity.traits.softDelete
  const [first, ...rest] = conflict.map((name) => equalsWire(entity, name, row.get(name) ?? null))
  if (first === undefined) throw new UnsupportedError(`An upsert into ${entity.name} names the fields of a unique key.`)
  return allOf([first, ...rest, ...(liveOnly ? [deletionGuard(entity, 'live')] : [])])
}

/** A row with this key is there, and the call may not see it. */
export function hiddenRow<Table extends AnyTable>({ table, plan }: UpsertTarget<Table>): ConflictError {
  const { name } = table.entity
  return new ConflictError(`A row with this key exists already in ${name}.`, { entity: name, fields: plan.onConflict })
}

export function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name))
}

function requireUniqueKey({ name, facts, fields }: SqlEntity<unknown>, conflict: readonly string[]): { readonly liveOnly: boolean } {
  const columns = conflict.map((field) => fields.get(field)?.column.name ?? field)
  if (sameNames(facts.primaryKey, columns)) return { liveOnly: false }
  const unique = facts.uniqueKeys.find((key) => sameNames(key.columns, columns))
  if (unique) return unique
  throw new UnsupportedError(`${name} declares no unique key of ${conflict.join(', ')}.`, { entity: name })
}
