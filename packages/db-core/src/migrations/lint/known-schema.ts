import type { Column, Constraint, SchemaChange } from './changes/schema-change.ts'

interface KnownTable {
  readonly columns: Map<string, Pick<Column, 'type' | 'notNull'>>
  /** By the name of the constraint; only those that a NOT NULL can rest on. */
  readonly notNullChecks: Map<string, { column: string; validated: boolean }>
}

/** What the migrations so far say about the tables; what they do not say is unknown rather than absent. */
export class KnownSchema {
  #tables = new Map<string, KnownTable>()

  copy(): KnownSchema {
    const copy = new KnownSchema()
    copy.#tables = structuredClone(this.#tables)
    return copy
  }

  hasTable(table: string): boolean {
    return this.#tables.has(table)
  }

  columns(table: string): readonly string[] {
    return [...this.#known(table).columns.keys()]
  }

  /** Undefined where nothing is known. */
  column(table: string, column: string): Pick<Column, 'type' | 'notNull'> | undefined {
    return this.#tables.get(table)?.columns.get(column)
  }

  /** Whether no row of the table can have a null there, by the column itself or by a validated check. */
  isNeverNull(table: string, column: string): boolean {
    const checks = [...this.#known(table).notNullChecks.values()]
    return this.column(table, column)?.notNull === true || checks.some((check) => check.column === column && check.validated)
  }

  apply(change: SchemaChange): void {
    switch (change.kind) {
      case 'create-table':
        this.#create(change)
        break
      case 'drop-table':
        this.#tables.delete(change.name)
        break
      case 'rename-table':
        this.#rename(change.table, change.to)
        break
      case 'add-constraint':
        this.#addConstraint(change.table, change.constraint)
        break
      case 'validate-constraint': {
        const check = this.#tables.get(change.table)?.notNullChecks.get(change.name)
        if (check !== undefined) check.validated = true
        break
      }
      case 'drop-constraint':
        this.#tables.get(change.table)?.notNullChecks.delete(change.name)
        break
      default:
        this.#applyToColumn(change)
    }
  }

  #applyToColumn(change: SchemaChange): void {
    switch (change.kind) {
      case 'add-column':
        this.#table(change.table).columns.set(change.column.name, factsOf(change.column))
        break
      case 'drop-column':
        this.#dropColumn(change.table, change.column)
        break
      case 'rename-column':
        this.#renameColumn(change.table, change.column, change.to)
        break
      case 'redefine-column':
        this.#renameColumn(change.table, change.column, change.definition.name)
        this.#table(change.table).columns.set(change.definition.name, factsOf(change.definition))
        break
      case 'change-type':
        this.#setColumn(change.table, change.column, { type: change.type })
        break
      case 'set-not-null':
      case 'drop-not-null':
        this.#setColumn(change.table, change.column, { notNull: change.kind === 'set-not-null' })
        break
      default:
    }
  }

  #create(change: Extract<SchemaChange, { kind: 'create-table' }>): void {
    if ((change.ifNotExists || change.temporary) && this.hasTable(change.table)) return
    this.#tables.delete(change.table)
    const table = this.#table(change.table)
    for (const column of change.columns) table.columns.set(column.name, factsOf(column))
    for (const constraint of change.constraints) this.#addConstraint(change.table, constraint)
  }

  #rename(from: string, to: string): void {
    const table = this.#tables.get(from)
    this.#tables.delete(from)
    if (table !== undefined) this.#tables.set(to, table)
  }

  /** A primary key makes its columns required; a check with a name can make a column required later. */
  #addConstraint(name: string, constraint: Constraint): void {
    if (constraint.kind === 'primary-key') for (const column of constraint.columns) this.#setColumn(name, column, { notNull: true })
    const column = constraint.notNullColumn
    if (column === undefined) return
    const table = name.slice(name.lastIndexOf('.') + 1)
    const unsaid = `${table}_${column}_${constraint.kind === 'not-null' ? 'not_null' : 'check'}`
    this.#table(name).notNullChecks.set(constraint.name ?? unsaid, { column, validated: !constraint.notValid })
  }

  #dropColumn(name: string, column: string): void {
    const { columns, notNullChecks } = this.#known(name)
    columns.delete(column)
    for (const [check, { column: checked }] of notNullChecks) if (checked === column) notNullChecks.delete(check)
  }

  #renameColumn(name: string, from: string, to: string): void {
    const { columns, notNullChecks } = this.#known(name)
    const column = columns.get(from)
    columns.delete(from)
    if (column !== undefined) columns.set(to, column)
    for (const check of notNullChecks.values()) if (check.column === from) check.column = to
  }

  #setColumn(name: string, column: string, facts: Partial<Pick<Column, 'type' | 'notNull'>>): void {
    const known = this.column(name, column)
    if (known !== undefined) this.#table(name).columns.set(column, { ...known, ...facts })
  }

  #table(name: string): KnownTable {
    const known = this.#known(name)
    this.#tables.set(name, known)
    return known
  }

  /** Empty, and not kept, for a table that the migrations do not make. */
  #known(name: string): KnownTable {
    return this.#tables.get(name) ?? { columns: new Map(), notNullChecks: new Map() }
  }
}

function factsOf({ type, notNull }: Column): Pick<Column, 'type' | 'notNull'> {
  return { type, notNull }
}
