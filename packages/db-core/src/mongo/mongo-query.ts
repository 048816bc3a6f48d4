import type { Document } from 'mongodb'
import { InvalidFilterError } from '../errors/repository-error.ts'
import { parseFilter, type FilterNode } from '../filters/parse-filter.ts'
import { parseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import { tenantField, type EntityShape } from '../mixins/traits.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import type { Scope } from '../repository/repository.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import { toPath } from './mongo-filters.ts'

/** The filter of a call, parsed. @throws InvalidFilterError */
export function parseWhere(entity: EntityShape, where: unknown): FilterNode {
  return where === undefined ? { kind: 'all' } : parseFilter(where, entity)
}

/** As parseWhere, for writes to many rows: a filter that selects everything is refused. @throws InvalidFilterError */
export function parseNarrowWhere(entity: EntityShape, where: unknown): FilterNode {
  const node = parseFilter(where, entity)
  if (node.kind === 'all')
    throw new InvalidFilterError(`A filter that selects all of ${entity.name} is refused here.`, { entity: entity.name })
  return node
}

export function parseOrder(definition: CollectionDefinition, orderBy: unknown): readonly ResolvedSortKey[] {
  return parseSort(orderBy, { fields: definition.fieldNames, entity: definition.name, key: 'id' })
}

/** All of the conditions: side by side where no two speak of one field, which the server reads faster. */
export function allOf(conditions: readonly Document[]): Document {
  const given = conditions.filter((condition) => Object.keys(condition).length > 0)
  const names = given.flatMap((condition) => Object.keys(condition))
  if (new Set(names).size === names.length) return Object.assign({}, ...given)
  return { $and: given }
}

/** The query for rows that match, are in scope and belong to the tenant. @throws InvalidValueError without a tenant */
export function queryFor(
  definition: CollectionDefinition,
  { filter = {}, scope }: { filter?: Document; scope?: Scope | undefined },
): Document {
  return allOf([...scopeConditions(definition, scope), filter])
}

/** The query for one row by its key. */
export function queryById(definition: CollectionDefinition, id: unknown, scope?: Scope): Document {
  return queryFor(definition, { filter: { _id: { $eq: definition.key.encode(id, definition.name) } }, scope })
}

/** What rows of this scope have in common, and those of the current tenant. @throws InvalidValueError without a tenant */
export function scopeConditions({ name, traits }: CollectionDefinition, scope: Scope = 'live'): Document[] {
  const tenant = traits.tenant ? visibleTenant(name) : undefined
  return [
    ...(tenant === undefined ? [] : [{ [tenantField]: { $eq: tenant } }]),
    ...(traits.softDelete && scope !== 'all' ? [{ deletedAt: scope === 'live' ? { $eq: null } : { $ne: null } }] : []),
    ...(!traits.softDelete && scope === 'deleted' ? [{ _id: { $in: [] } }] : []),
  ]
}

export type SortStage = Record<string, 1 | -1>

/**
 * An order as stages of a pipeline. MongoDB puts nulls lowest; where the order wants them elsewhere, a rank
 * computed per document sorts before the field.
 */
export interface CompiledOrder {
  readonly sort: SortStage
  /** Computed fields that `sort` uses; empty where an index can give the order. */
  readonly ranks: Document
}

export function compileOrder(definition: CollectionDefinition, keys: readonly ResolvedSortKey[]): CompiledOrder {
  const sort: SortStage = {}
  const ranks: Document = {}
  for (const [position, key] of keys.entries()) {
    const path = toPath(key.field)
    if (needsRank(definition, key)) {
      const rank = `__null${position}`
      ranks[rank] = { $cond: [{ $eq: [{ $ifNull: [`$${path}`, null] }, null] }, 1, 0] }
      sort[rank] = key.nulls === 'last' ? 1 : -1
    }
    sort[path] = key.direction === 'asc' ? 1 : -1
  }
  return { sort, ranks }
}

function needsRank(definition: CollectionDefinition, { field, direction, nulls }: ResolvedSortKey): boolean {
  const traits = definition.fields.get(field)
  const canBeNull = traits !== undefined && (traits.nullable || traits.optional)
  return canBeNull && nulls !== (direction === 'asc' ? 'first' : 'last')
}
