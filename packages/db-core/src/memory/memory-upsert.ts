import { ConflictError, InvalidFilterError, InvalidValueError, NotNullError, UnsupportedError } from '../errors/repository-error.ts'
import { tenantField } from '../mixins/traits.ts'
import type { MemoryEntity, MemoryUniqueKey, StoredRow } from './memory-entity.ts'
import { insertRow } from './memory-insert.ts'
import { creationStamps, newRow, patchedRow, readPatch } from './memory-rows.ts'
import type { MemoryStatement } from './memory-statement.ts'
import { keyText } from './memory-values.ts'
import { visibleRows } from './memory-visibility.ts'

type Given = Readonly<Record<string, unknown>>

/** One row to insert, or to change the row with that has the same key. */
export interface Upsert {
  readonly given: Given
  /** What it changes in the row that is there. */
  readonly changes: Given
  readonly stamps: StoredRow
  /** The row as it would be inserted. */
  readonly row: StoredRow
  readonly onConflict: readonly string[]
  /** Undefined for the key of the entity itself. */
  readonly unique: MemoryUniqueKey | undefined
  readonly now: Date
}

/** @throws InvalidFilterError, UnsupportedError, NotNullError, and InvalidValueError for two inputs of one key */
export function prepareUpserts(entity: MemoryEntity, inputs: readonly Given[], onConflict: readonly string[], now: Date): Upsert[] {
  const unique = uniqueKeyOf(entity, onConflict)
  if (inputs.length === 0) return []
  const stamps = creationStamps(entity, now)
  const upserts = inputs.map((input) => prepareUpsert(entity, input, { stamps, onConflict, unique, now }))
  const keys = upserts.map(({ row }) => JSON.stringify(onConflict.map((field) => presentKey(entity, row, field))))
  if (new Set(keys).size === keys.length) return upserts
  throw new InvalidValueError(`Two of the rows for ${entity.name} have the same key.`, { entity: entity.name, fields: onConflict })
}

/** Null in a field that can be missing removes it from the row that is there, and leaves it out of a new one. */
function prepareUpsert(entity: MemoryEntity, input: Given, common: Pick<Upsert, 'stamps' | 'onConflict' | 'unique' | 'now'>): Upsert {
  const kept = Object.entries(input).filter(([field]) => field !== entity.keyField && !common.onConflict.includes(field))
  const given = Object.fromEntries(Object.entries(input).filter(([field, value]) => value !== null || !entity.removable.has(field)))
  const changes = readPatch(entity, Object.fromEntries(kept))
  return { ...common, given, changes, row: newRow(entity, given, common.stamps) }
}

/** @throws ConflictError when the key belongs to a row that the call may not see */
export function upsertRow(statement: MemoryStatement, entity: MemoryEntity, upsert: Upsert): { row: StoredRow; created: boolean } {
  const { given, changes, stamps, row, onConflict, unique, now } = upsert
  const table = statement.state.table(entity)
  if (entity.checksProposedRow) entity.check(row)
  const holder = unique ? table.holderOf(unique, row) : keyText(row[entity.keyField])
  const before = holder === undefined ? undefined : table.rows.get(holder)
  if (before === undefined) return { row: insertRow(statement, entity, given, stamps), created: true }
  if (!visibleRows(entity)(before)) {
    throw new ConflictError(`A row with this key exists already in ${entity.name}.`, { entity: entity.name, fields: onConflict })
  }
  if (Object.keys(changes).length === 0) return { row: before, created: false }
  return { row: statement.replace(entity, patchedRow(entity, before, changes, now)), created: false }
}

/** Within a tenant, all but the row's own key are unique per tenant. */
function uniqueKeyOf(entity: MemoryEntity, onConflict: readonly string[]): MemoryUniqueKey | undefined {
  if (onConflict.length === 0 || onConflict.some((field) => !entity.fieldNames.has(field))) {
    throw new InvalidFilterError(`An upsert into ${entity.name} needs the fields of a unique key.`, { entity: entity.name })
  }
  if (onConflict.length === 1 && onConflict[0] === entity.keyField) return undefined
  const wanted = textOf(entity.traits.tenant ? [...new Set([tenantField, ...onConflict])] : onConflict)
  const unique = entity.uniqueKeys.find(({ fields }) => textOf(fields) === wanted)
  if (unique) return unique
  throw new UnsupportedError(`${entity.name} has no unique key over ${onConflict.join(', ')}.`, { entity: entity.name })
}

function textOf(fields: readonly string[]): string {
  return fields.toSorted().join()
}

function presentKey(entity: MemoryEntity, row: StoredRow, field: string): string {
  const text = keyText(row[field])
  if (text !== undefined) return text
  throw new NotNullError(`A required value is missing in ${entity.name}.`, { entity: entity.name, fields: [field] })
}
