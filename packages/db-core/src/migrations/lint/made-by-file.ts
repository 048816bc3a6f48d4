import type { Constraint, SchemaChange } from './changes/schema-change.ts'
import type { KnownSchema } from './known-schema.ts'

/** What one file has made so far: nobody can miss what nobody has yet. */
export class MadeByFile {
  readonly tables: Set<string>
  readonly views = new Set<string>()
  readonly others = new Set<string>()
  /** Those of tables that the file has made too. */
  readonly indexes = new Set<string>()
  /** `users.phone`. */
  readonly columns = new Set<string>()
  /** `users.users_phone_check`, added without a look at the rows. */
  readonly unvalidated = new Map<string, Constraint['kind']>()
  readonly #dropped = new Map<string, readonly string[]>()

  constructor(tables: Iterable<string> = []) {
    this.tables = new Set(tables)
  }

  hasColumn(table: string, column: string): boolean {
    return this.tables.has(table) || this.columns.has(`${table}.${column}`)
  }

  /** @param schema before the change */
  apply(change: SchemaChange, schema: KnownSchema): void {
    switch (change.kind) {
      case 'create-table':
        // A temporary table only hides the one whose name it has.
        if (!(change.ifNotExists || change.temporary) || !schema.hasTable(change.table)) this.tables.add(change.table)
        break
      case 'create-view':
        this.views.add(change.view)
        break
      case 'create-index':
        if (change.index !== undefined && this.tables.has(change.table)) this.indexes.add(change.index)
        break
      case 'create-other':
        this.others.add(change.name)
        break
      case 'drop-table':
        this.#dropped.set(change.name, schema.columns(change.name))
        this.tables.delete(change.name)
        break
      case 'rename-table':
        this.#rename(change.table, change.to, schema)
        break
      case 'add-column':
        this.columns.add(`${change.table}.${change.column.name}`)
        break
      case 'add-constraint':
        if (change.constraint.notValid) this.unvalidated.set(`${change.table}.${change.constraint.name ?? ''}`, change.constraint.kind)
        break
      default:
    }
  }

  /** A table that takes the name of one that was dropped is the old one built again, and only its further columns are new. */
  #rename(from: string, to: string, schema: KnownSchema): void {
    if (!this.tables.delete(from)) return
    const before = this.#dropped.get(to)
    if (before === undefined) this.tables.add(to)
    else for (const column of schema.columns(from)) if (!before.includes(column)) this.columns.add(`${to}.${column}`)
  }
}

/** Where the statement that drops a table belongs to its rebuilding, the name of the table that takes its place. */
export function rebuiltFrom(table: string, made: MadeByFile, later: readonly SchemaChange[]): string | undefined {
  const rename = later.find((change) => change.kind === 'rename-table' && change.to === table && made.tables.has(change.table))
  return rename?.kind === 'rename-table' ? rename.table : undefined
}
