import { sql } from 'drizzle-orm'
import { visibleTenant } from '../mixins/tenant.ts'
import { tenantField } from '../mixins/traits.ts'
import type { Scope } from '../repository/repository.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeField, fieldOf, type SqlEntity } from './sql-entity.ts'
import { allOf, constantPart, type SqlPart } from './sql-part.ts'

/** What a call may see: its scope, and its tenant unless that is given. @throws InvalidValueError when a tenant is needed and none is set */
export function visibleRows(entity: SqlEntity<unknown>, scope: Scope = 'live', tenant = tenantOfCall(entity)): SqlPart {
  const scoped = scopeGuard(entity, scope)
  return tenant === undefined ? scoped : allOf([scoped, equals(entity, tenantField, tenant)])
}

/** The tenant whose rows a call on the entity may see; undefined for all. @throws InvalidValueError when one is needed and none is set */
export function tenantOfCall(entity: SqlEntity<unknown>): string | undefined {
  return entity.traits.tenant ? visibleTenant(entity.name) : undefined
}

export function deletionGuard(entity: SqlEntity<unknown>, scope: 'live' | 'deleted'): SqlPart {
  const { column } = fieldOf(entity, 'deletedAt')
  return scope === 'live' ? constantPart('live', sql`${column} is null`) : constantPart('deleted', sql`${column} is not null`)
}

export function equals(entity: SqlEntity<unknown>, name: string, value: unknown): SqlPart {
  return equalsWire(entity, name, encodeField(entity, fieldOf(entity, name), value))
}

/** As `equals`, for a value that is encoded already. */
export function equalsWire(entity: SqlEntity<unknown>, name: string, value: WireValue): SqlPart {
  return {
    shape: `${name}=`,
    values: [value],
    sql: () => {
      const { plain, value: mark } = entity.dialect.operands(fieldOf(entity, name), false)
      return sql`${plain} = ${mark}`
    },
  }
}

function scopeGuard(entity: SqlEntity<unknown>, scope: Scope): SqlPart {
  const { dialect, traits } = entity
  if (scope === 'all') return constantPart('true', dialect.true)
  if (traits.softDelete) return deletionGuard(entity, scope)
  return scope === 'live' ? constantPart('true', dialect.true) : constantPart('false', dialect.false)
}
