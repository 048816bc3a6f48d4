import { tenantField } from '../mixins/traits.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import type { Scope } from '../repository/repository.ts'
import type { MemoryEntity } from './memory-entity.ts'
import type { Predicate } from './memory-filter.ts'

/** The rows that a call may see: its scope and its tenant. @throws InvalidValueError when a tenant is needed and none is set */
export function visibleRows({ name, traits }: MemoryEntity, scope: Scope = 'live'): Predicate {
  const tenant = traits.tenant ? visibleTenant(name) : undefined
  const inScope = scopeTest(traits.softDelete, scope)
  return tenant === undefined ? inScope : (row) => row[tenantField] === tenant && inScope(row)
}

function scopeTest(softDelete: boolean, scope: Scope): Predicate {
  if (scope === 'all') return () => true
  if (!softDelete) return () => scope === 'live'
  return (row) => ((row['deletedAt'] ?? null) === null) === (scope === 'live')
}
