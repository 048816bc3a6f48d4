import type { MemoryEntity, MemoryUniqueKey, StoredRow } from './memory-entity.ts'
import { keyText } from './memory-values.ts'

/** The rows of one entity by key, and who holds which unique value. */
export class MemoryTable {
  readonly rows: Map<string, StoredRow>
  /** For each unique key, the key of the row that holds a value. */
  readonly holders: ReadonlyMap<MemoryUniqueKey, Map<string, string>>
  /** True once another state shows the same rows, so that they must not be changed in place. */
  shared = false

  constructor({ uniqueKeys }: Pick<MemoryEntity, 'uniqueKeys'>, from?: MemoryTable) {
    this.rows = new Map(from?.rows)
    this.holders = new Map(uniqueKeys.map((unique) => [unique, new Map(from?.holders.get(unique))]))
  }

  /** Puts a row in the place of another, or takes it away. Asks no rule. */
  put(key: string, row: StoredRow | undefined): void {
    const before = this.rows.get(key)
    for (const [unique, holders] of this.holders) {
      const left = before && uniqueText(unique, before)
      if (left !== undefined && holders.get(left) === key) holders.delete(left)
      const taken = row && uniqueText(unique, row)
      if (taken !== undefined) holders.set(taken, key)
    }
    if (row) this.rows.set(key, row)
    else this.rows.delete(key)
  }

  /** The key of another row that holds a value which `row` would need for itself. */
  holderOf(unique: MemoryUniqueKey, row: StoredRow): string | undefined {
    const text = uniqueText(unique, row)
    return text === undefined ? undefined : this.holders.get(unique)?.get(text)
  }
}

/** All tables at one moment. A fork costs nothing: whoever writes first copies the table that he writes to. */
export class MemoryState {
  readonly #tables: Map<string, MemoryTable>

  constructor(tables: ReadonlyMap<string, MemoryTable> = new Map()) {
    this.#tables = new Map(tables)
  }

  fork(): MemoryState {
    for (const table of this.#tables.values()) table.shared = true
    return new MemoryState(this.#tables)
  }

  /** For reading only. */
  table(entity: MemoryEntity): MemoryTable {
    return this.#tables.get(entity.name) ?? this.#keep(entity, new MemoryTable(entity))
  }

  /** For writing. */
  ownTable(entity: MemoryEntity): MemoryTable {
    const table = this.table(entity)
    return table.shared ? this.#keep(entity, new MemoryTable(entity, table)) : table
  }

  clear(): void {
    this.#tables.clear()
  }

  #keep(entity: MemoryEntity, table: MemoryTable): MemoryTable {
    this.#tables.set(entity.name, table)
    return table
  }
}

/** The values of a unique key as one text; undefined for a row that does not count. */
function uniqueText(unique: MemoryUniqueKey, row: StoredRow): string | undefined {
  if (!unique.holdsFor(row)) return undefined
  const parts = unique.fields.map((field) => foldText(keyText(row[field]), unique.folded.has(field)))
  return parts.includes(undefined) ? undefined : JSON.stringify(parts)
}

function foldText(text: string | undefined, fold: boolean): string | undefined {
  return fold ? text?.toLowerCase() : text
}
