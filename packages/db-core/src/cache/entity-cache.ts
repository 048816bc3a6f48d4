import { createHash } from 'node:crypto'
import { parseFilter } from '../filters/parse-filter.ts'
import { parseSort } from '../filters/parse-sort.ts'
import type { EntityShape } from '../mixins/traits.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import { canonicalFilter } from '../pages/cursor.ts'
import { parseLimit, parseOffset } from '../pages/parse-limit.ts'
import { hasExists } from '../relations/resolve-exists.ts'
import type { Scope } from '../repository/repository.ts'
import type { WantedValue } from './read-cache.ts'

/** What a read shows. */
export interface Shape {
  readonly scope: Scope | undefined
  /** All fields when left out. */
  readonly fields?: readonly string[] | undefined
}

/** What a query depends on; of unknown origin, so it is checked as the store would. */
export interface QueryParts {
  readonly where?: unknown
  readonly orderBy?: unknown
  readonly limit?: unknown
  readonly page?: unknown
  readonly skip?: unknown
  readonly cursor?: unknown
}

/** Which rows a write changed: those of the ids, or any; every write changes lists. */
export type Changed = readonly unknown[] | 'any' | 'none'

/**
 * The keys and tags of one entity. Keys name the entity, a fingerprint of its fields, the tenant, the scope and the fields shown; tags name
 * the entity only, so that a process with other fields invalidates as well. Lists have one tag per tenant, and every write changes it; a row
 * has one of its own, and one for writes whose rows are not known.
 */
export class EntityCache {
  readonly entity: EntityShape
  readonly #ttlMs: number
  readonly #prefix: string

  constructor(entity: EntityShape, { ttlMs, schemaVersion = '' }: { readonly ttlMs: number; readonly schemaVersion?: string | undefined }) {
    this.entity = entity
    this.#ttlMs = ttlMs
    this.#prefix = `${entity.name}:${fingerprintOf(entity, schemaVersion)}`
  }

  /** A row by its id, kept under the id as the row itself spells it. @throws InvalidValueError without a tenant */
  row(id: unknown, shape: Shape): WantedValue {
    const { keyField, name } = this.entity
    const text = String(id)
    return {
      key: this.#key(shape, 'row', text),
      tags: [rowTag(name, text), ...this.#readTags('rows')],
      ttlMs: this.#ttlMs,
      accepts: (row) => keyText(row, keyField) === text,
    }
  }

  /** A list, a page, a count; undefined for what depends on other entities, and for a cursor that is none. @throws InvalidFilterError, InvalidValueError */
  query(kind: string, { where = {}, orderBy, limit, page, skip, cursor }: QueryParts, shape: Shape): WantedValue | undefined {
    const { name, fieldNames, keyField } = this.entity
    const node = parseFilter(where, this.entity)
    if (hasExists(node) || (cursor !== undefined && typeof cursor !== 'string')) return undefined
    const sort = parseSort(orderBy, { entity: name, fields: fieldNames, key: keyField })
    const rows = parseLimit(limit, name)
    const text = JSON.stringify([canonicalFilter(node), sort, rows, parseOffset({ page, skip }, rows, name), cursor ?? null])
    return { key: this.#key(shape, kind, hash(text)), tags: this.#readTags('lists'), ttlMs: this.#ttlMs }
  }

  /** What a write makes old. @throws InvalidValueError without a tenant */
  changedTags(changed: Changed): string[] {
    if (changed === 'none') return []
    const rows = changed === 'any' ? this.#writeTags('rows') : changed.map((id) => rowTag(this.entity.name, String(id)))
    return [...rows, ...this.#writeTags('lists')]
  }

  #key({ scope = 'live', fields }: Shape, ...rest: string[]): string {
    return JSON.stringify([this.#prefix, this.#tenant() ?? null, scope, fields ?? null, ...rest])
  }

  #tenant(): string | undefined {
    return this.entity.traits.tenant ? visibleTenant(this.entity.name) : undefined
  }

  // A read within one tenant is changed by writes of that tenant and by writes across tenants; a read across tenants by every write.
  #readTags(kind: 'rows' | 'lists'): string[] {
    const { name, traits } = this.entity
    const tenant = this.#tenant()
    if (tenant !== undefined) return [JSON.stringify([name, kind, 'of', tenant]), `${name} ${kind} across`]
    return [traits.tenant ? `${name} ${kind} any` : `${name} ${kind}`]
  }

  #writeTags(kind: 'rows' | 'lists'): string[] {
    const { name, traits } = this.entity
    if (!traits.tenant) return [`${name} ${kind}`]
    const tenant = this.#tenant()
    return [tenant === undefined ? `${name} ${kind} across` : JSON.stringify([name, kind, 'of', tenant]), `${name} ${kind} any`]
  }
}

/** The key of a row as text. */
export function keyText(row: unknown, keyField: string): string {
  return typeof row === 'object' && row !== null ? String(Reflect.get(row, keyField)) : ''
}

/** Ids that stores take for one and the same differ in case at most. */
function rowTag(entity: string, id: string): string {
  return `${entity} row ${id.toLowerCase()}`
}

function fingerprintOf({ name, fieldNames, keyField, traits, searchFields }: EntityShape, schemaVersion: string): string {
  return hash(JSON.stringify([name, [...fieldNames].toSorted(), keyField, traits, searchFields, schemaVersion])).slice(0, 11)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
