import { ConflictError } from '../errors/repository-error.ts'
import type { MemoryChange } from './memory-change.ts'
import type { MemoryEntity, StoredRow } from './memory-entity.ts'
import { followReferences } from './memory-references.ts'
import type { MemoryState } from './memory-state.ts'
import { keyText } from './memory-values.ts'

/** Writes that succeed together or not at all, as one statement of a database does. */
export class MemoryStatement {
  readonly changes: MemoryChange[] = []
  readonly state: MemoryState
  /** All entities of the database: a reference may lead from any of them. */
  readonly entities: ReadonlyMap<string, MemoryEntity>

  constructor(state: MemoryState, entities: ReadonlyMap<string, MemoryEntity>) {
    this.state = state
    this.entities = entities
  }

  /** @throws NotNullError, CheckError, ConflictError */
  insert(entity: MemoryEntity, row: StoredRow): StoredRow {
    const key = keyOfRow(entity, row)
    entity.check(row)
    if (this.state.table(entity).rows.has(key)) throw conflict(entity, [entity.keyField], `${entity.name}_pkey`)
    return this.#put(entity, key, row)
  }

  /** @throws NotNullError, CheckError, ConflictError */
  replace(entity: MemoryEntity, row: StoredRow): StoredRow {
    entity.check(row)
    return this.#put(entity, keyOfRow(entity, row), row)
  }

  remove(entity: MemoryEntity, row: StoredRow): void {
    this.#put(entity, keyOfRow(entity, row), undefined)
  }

  /** A part that is undone alone when it fails. */
  separately<Result>(work: (part: MemoryStatement) => Result): Result {
    const part = new MemoryStatement(this.state, this.entities)
    try {
      const result = work(part)
      this.changes.push(...part.finish())
      return result
    } catch (error) {
      part.undo()
      throw error
    }
  }

  /** Does again what was done elsewhere. @throws ConflictError */
  repeat({ entity, key, after }: MemoryChange): void {
    this.#put(entity, key, after)
  }

  /** What every statement ends with: rows that were left behind follow, and none may be left over. @throws ForeignKeyError */
  finish(): readonly MemoryChange[] {
    followReferences(this)
    return this.changes
  }

  undo(): void {
    undoChanges(this.state, this.changes)
  }

  #put(entity: MemoryEntity, key: string, after: StoredRow | undefined): StoredRow {
    const table = this.state.ownTable(entity)
    for (const unique of entity.uniqueKeys) {
      const holder = after && table.holderOf(unique, after)
      if (holder !== undefined && holder !== key) throw conflict(entity, unique.fields, unique.name)
    }
    this.changes.push({ entity, key, before: table.rows.get(key), after })
    table.put(key, after)
    return after ?? {}
  }
}

/** Takes changes back, the last one first. */
export function undoChanges(state: MemoryState, changes: readonly MemoryChange[]): void {
  for (const { entity, key, before } of changes.toReversed()) state.ownTable(entity).put(key, before)
}

function keyOfRow(entity: MemoryEntity, row: StoredRow): string {
  return keyText(row[entity.keyField]) ?? ''
}

function conflict(entity: MemoryEntity, fields: readonly string[], constraint: string): ConflictError {
  return new ConflictError(`A row with this key exists already in ${entity.name}.`, { entity: entity.name, fields, constraint })
}
