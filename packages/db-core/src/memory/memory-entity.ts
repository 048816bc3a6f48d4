import { UnsupportedError } from '../errors/repository-error.ts'
import type { EntityShape } from '../mixins/traits.ts'

/** A row as it is kept: never changed, only replaced. */
export type StoredRow = Readonly<Record<string, unknown>>

export interface MemoryField {
  readonly name: string
  /** What the store would keep of a value, as a copy; undefined for a value that it cannot hold. */
  read(value: unknown): unknown
  /** The value of a row that gives none; undefined leaves it missing. */
  fallback(): unknown
  /** A number that is kept as text, because it may have more digits than a number holds. */
  readonly isDecimal: boolean
}

/** Values that one row at most has. Rows in which one of the fields is missing do not count. */
export interface MemoryUniqueKey {
  readonly name: string
  readonly fields: readonly string[]
  /** Fields whose case makes no difference. */
  readonly folded: ReadonlySet<string>
  /** Rows that the key leaves out, such as deleted ones. */
  holdsFor(row: StoredRow): boolean
}

/** Fields that name a row of another entity. */
export interface MemoryReference {
  readonly name: string
  readonly fields: readonly string[]
  readonly target: string
  readonly targetFields: readonly string[]
  readonly onDelete: 'refuse' | 'cascade' | 'set null'
}

/** A table or collection as the memory store knows it, whatever it was declared with. */
export interface MemoryEntity extends EntityShape {
  readonly fields: ReadonlyMap<string, MemoryField>
  readonly uniqueKeys: readonly MemoryUniqueKey[]
  readonly references: readonly MemoryReference[]
  /** What a patch of null leaves in an optional field: SQL keeps null, a document loses the field. */
  readonly removable: ReadonlySet<string>
  /** An upsert looks at the row that it would insert even where it changes another: SQL does, MongoDB does not. */
  readonly checksProposedRow: boolean
  /** The rules of the entity itself. @throws NotNullError, CheckError */
  check(row: StoredRow): void
}

/** The field of a checked name. */
export function fieldOf(entity: MemoryEntity, name: string): MemoryField {
  const field = entity.fields.get(name)
  if (field === undefined) throw new UnsupportedError(`${entity.name} has no field ${name}.`, { entity: entity.name })
  return field
}
