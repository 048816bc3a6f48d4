/** One thing that a statement does, as far as the lint and the description of locks care. */
export type SchemaChange =
  | {
      readonly kind: 'create-table'
      readonly table: string
      readonly columns: readonly Column[]
      readonly constraints: readonly Constraint[]
      readonly ifNotExists: boolean
      readonly temporary: boolean
    }
  | { readonly kind: 'create-view'; readonly view: string }
  | { readonly kind: 'create-other'; readonly name: string }
  | {
      readonly kind: 'drop-table' | 'drop-view' | 'drop-schema' | 'drop-other'
      readonly name: string
      readonly cascade: boolean
      readonly ifExists: boolean
    }
  | { readonly kind: 'rename-table'; readonly table: string; readonly to: string }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: Column }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string; readonly cascade: boolean }
  | { readonly kind: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  /** MODIFY and CHANGE of MySQL: the whole definition again. */
  | { readonly kind: 'redefine-column'; readonly table: string; readonly column: string; readonly definition: Column }
  | { readonly kind: 'change-type'; readonly table: string; readonly column: string; readonly type: string; readonly converted: boolean }
  | { readonly kind: 'set-not-null' | 'drop-not-null'; readonly table: string; readonly column: string }
  | { readonly kind: 'add-constraint'; readonly table: string; readonly constraint: Constraint }
  | { readonly kind: 'validate-constraint'; readonly table: string; readonly name: string }
  | { readonly kind: 'drop-constraint'; readonly table: string; readonly name: string; readonly cascade: boolean }
  | { readonly kind: 'create-index'; readonly table: string; readonly index: string | undefined; readonly concurrently: boolean }
  | { readonly kind: 'drop-index'; readonly index: string; readonly concurrently: boolean; readonly cascade: boolean }
  | { readonly kind: 'reindex'; readonly what: string; readonly name: string; readonly concurrently: boolean }
  | { readonly kind: 'rename-enum-value'; readonly type: string; readonly from: string; readonly to: string }
  | { readonly kind: 'truncate'; readonly table: string; readonly cascade: boolean }
  | {
      readonly kind: 'write'
      readonly verb: 'insert' | 'update' | 'delete' | 'merge'
      readonly table: string
      readonly bounded: boolean
      readonly fromQuery: boolean
    }
  /** Writes the whole table again; `how` is the SQL that asks for it. */
  | { readonly kind: 'rewrite-table'; readonly table: string; readonly how: string }
  /** Another ALTER TABLE; `action` is its first words. */
  | { readonly kind: 'alter-table'; readonly table: string; readonly action: string }
  /** Refused by the server inside a transaction. */
  | { readonly kind: 'stands-alone'; readonly what: string }
  | { readonly kind: 'transaction'; readonly what: string }
  /** Runs what the lint cannot see. */
  | { readonly kind: 'opaque'; readonly what: string }

export interface LocatedChange {
  readonly change: SchemaChange
  /** Within the statement, counted from 1. */
  readonly line: number
  /** By LOCK=NONE the server of MySQL refuses what would block, so that nothing has to be feared of it. */
  readonly online?: boolean
}

export interface Column {
  readonly name: string
  /** In lower case and without blanks that mean nothing: `varchar(20)`. */
  readonly type: string
  readonly notNull: boolean
  /** Undefined without one; `volatile` for one that differs from row to row. */
  readonly default: 'constant' | 'volatile' | undefined
  /** `counted`: serial, identity or auto_increment. */
  readonly generated: 'counted' | 'stored' | 'virtual' | undefined
  readonly primaryKey: boolean
  readonly unique: boolean
  readonly check: boolean
  /** The table that it refers to. */
  readonly references: string | undefined
}

export interface Constraint {
  readonly name: string | undefined
  readonly kind: 'foreign-key' | 'check' | 'unique' | 'primary-key' | 'exclusion' | 'not-null'
  /** NOT VALID, or on MySQL NOT ENFORCED: what is there is not looked at. */
  readonly notValid: boolean
  readonly usingIndex: boolean
  /** Of UNIQUE, PRIMARY KEY and FOREIGN KEY. */
  readonly columns: readonly string[]
  /** The column of CHECK (column IS NOT NULL), and of NOT NULL column. */
  readonly notNullColumn: string | undefined
  readonly references: string | undefined
}
