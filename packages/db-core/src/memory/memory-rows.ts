import { InvalidValueError } from '../errors/repository-error.ts'
import { currentActor, requireActor } from '../mixins/actor.ts'
import { requireTenant } from '../mixins/tenant.ts'
import { tenantField } from '../mixins/traits.ts'
import { copyValue } from './copy-value.ts'
import { fieldOf, type MemoryEntity, type StoredRow } from './memory-entity.ts'

type Given = Readonly<Record<string, unknown>>

/** What the repository writes into a new row by itself. @throws InvalidValueError without an actor or a tenant */
export function creationStamps({ name, traits }: MemoryEntity, now: Date): StoredRow {
  return {
    ...(traits.createdAt && { createdAt: now }),
    ...(traits.updatedAt && { updatedAt: now }),
    ...(traits.audited && { createdBy: requireActor(name), updatedBy: requireActor(name) }),
    ...(traits.tenant && { [tenantField]: requireTenant(name) }),
    ...(traits.versioned && { version: 1 }),
  }
}

/** A row from checked input: defaults and stamps included. @throws InvalidValueError */
export function newRow(entity: MemoryEntity, given: Given, stamps: StoredRow): StoredRow {
  const row: Record<string, unknown> = {}
  for (const [name, field] of entity.fields) {
    if (name in stamps) continue
    const value = given[name] ?? (name in given ? null : field.fallback())
    if (value !== undefined) row[name] = readValue(entity, name, value)
  }
  return { ...row, ...stamps }
}

/** What a patch sets, and undefined for what it removes. @throws InvalidValueError */
export function readPatch(entity: MemoryEntity, patch: Given): Given {
  const isRemoved = (name: string, value: unknown) => value === null && entity.removable.has(name)
  const entries = Object.entries(patch)
  return Object.fromEntries(entries.map(([name, value]) => [name, isRemoved(name, value) ? undefined : readValue(entity, name, value)]))
}

/** The row with what `readPatch` gave, and one write more. */
export function patchedRow(entity: MemoryEntity, row: StoredRow, changes: Given, now: Date): StoredRow {
  const entries = Object.entries({ ...row, ...changes }).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(entries), ...updateStamps(entity, row, now) }
}

/** The row with amounts added, a missing number taken as zero. @throws InvalidValueError for a field that holds no number */
export function addedRow(entity: MemoryEntity, row: StoredRow, amounts: Readonly<Record<string, number>>, now: Date): StoredRow {
  const sums = Object.entries(amounts).map(([name, amount]) => [name, sumOf(row[name], amount)])
  return patchedRow(entity, row, readPatch(entity, Object.fromEntries(sums)), now)
}

export function deletedRow(entity: MemoryEntity, row: StoredRow, now: Date): StoredRow {
  const by = entity.traits.deletedBy ? { deletedBy: currentActor() ?? null } : {}
  return { ...row, ...updateStamps(entity, row, now), deletedAt: now, ...by }
}

export function restoredRow(entity: MemoryEntity, row: StoredRow, now: Date): StoredRow {
  const by = entity.traits.deletedBy ? { deletedBy: null } : {}
  return { ...row, ...updateStamps(entity, row, now), deletedAt: null, ...by }
}

/** What a caller is given: the fields that he asked for and the key, or all, as a copy. */
export function shownRow(entity: MemoryEntity, row: StoredRow, fields: readonly string[] | undefined): Record<string, unknown> {
  const names = fields === undefined ? Object.keys(row) : [entity.keyField, ...fields].filter((name) => name in row)
  return Object.fromEntries(names.map((name) => [name, copyValue(row[name])]))
}

/** A value as the store keeps it. @throws InvalidValueError for one that the field cannot hold */
export function readValue(entity: MemoryEntity, name: string, value: unknown): unknown {
  const read = fieldOf(entity, name).read(value)
  if (read !== undefined) return read
  throw new InvalidValueError(`The field ${name} of ${entity.name} cannot hold this value.`, { entity: entity.name, fields: [name] })
}

function updateStamps({ name, traits }: MemoryEntity, row: StoredRow, now: Date): StoredRow {
  return {
    ...(traits.updatedAt && { updatedAt: now }),
    ...(traits.audited && { updatedBy: requireActor(name) }),
    ...(traits.versioned && { version: Number(row['version']) + 1 }),
  }
}

function sumOf(value: unknown, amount: number): unknown {
  if (typeof value === 'bigint') return value + BigInt(amount)
  if (typeof value === 'string' && Number.isFinite(Number(value))) return String(Number(value) + amount)
  return value === null || value === undefined || typeof value === 'number' ? (value ?? 0) + amount : undefined
}
