import type { SqlDialect } from '../files/sql-tokens.ts'

/** The tables of a snapshot in the words of one dialect: definitions are SQL, so that equal texts are equal things. */
export interface SchemaModel {
  readonly dialect: SqlDialect
  /** By name, on PostgreSQL `shop.orders` for a table outside of the search path. */
  readonly tables: Readonly<Record<string, TableModel>>
  readonly enums: Readonly<Record<string, EnumModel>>
  readonly views: readonly ViewModel[]
}

export interface TableModel {
  /** As flags name it: `users`, `shop.orders`. */
  readonly key: string
  readonly name: string
  readonly schema: string
  readonly columns: Readonly<Record<string, ColumnModel>>
  readonly primaryKey: PrimaryKeyModel | undefined
  readonly indexes: Readonly<Record<string, IndexModel>>
  readonly uniques: Readonly<Record<string, PartModel>>
  readonly checks: Readonly<Record<string, PartModel>>
  readonly foreignKeys: Readonly<Record<string, ForeignKeyModel>>
}

export interface ColumnModel {
  readonly name: string
  /** SQL, with the schema of an enum. */
  readonly type: string
  /** True for what belongs to the primary key, said or not. */
  readonly notNull: boolean
  readonly default: string | undefined
  readonly generated: { readonly as: string; readonly kind: 'stored' | 'virtual' } | undefined
  /** The sequence of an identity column and its options, without the sequence's name. */
  readonly identity: { readonly sequence: string; readonly definition: string } | undefined
  /** Counted by the database itself: serial, identity, AUTO_INCREMENT, AUTOINCREMENT. */
  readonly counted: boolean
  /** MySQL's ON UPDATE CURRENT_TIMESTAMP. */
  readonly onUpdate: boolean
  /** The key of the enum that it holds. */
  readonly enumKey: string | undefined
}

export interface PrimaryKeyModel {
  readonly name: string
  readonly columns: readonly string[]
}

/** A constraint by its SQL, without its name. */
export interface PartModel {
  readonly name: string
  readonly definition: string
  /** The columns that it names as such, not those inside of expressions. */
  readonly columns: readonly string[]
}

export interface IndexModel extends PartModel {
  readonly unique: boolean
  /** Has a condition or an expression, whose text may name any column. */
  readonly expression: boolean
}

export interface ForeignKeyModel extends PartModel {
  /** The key of the table that it points at. */
  readonly references: string
  readonly referencedColumns: readonly string[]
}

export interface EnumModel {
  /** As flags name it. */
  readonly key: string
  readonly name: string
  readonly schema: string
  readonly values: readonly string[]
}

export interface ViewModel {
  readonly key: string
  readonly name: string
  readonly schema: string
  readonly materialized: boolean
  readonly definition: string
}

/** A name in quotes of its dialect. */
export function quoteName(dialect: SqlDialect, name: string): string {
  const mark = dialect === 'postgres' ? '"' : '`'
  return mark + name.replaceAll(mark, mark + mark) + mark
}

/** A table's or a type's name in quotes, with its schema where it has one. */
export function qualifiedName(dialect: SqlDialect, thing: { readonly name: string; readonly schema: string }): string {
  const name = quoteName(dialect, thing.name)
  return thing.schema === '' ? name : `${quoteName(dialect, thing.schema)}.${name}`
}

const word = /'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[\p{L}_][\p{L}\p{N}_$]*/gu

/** Whether an expression names a column, in quotes or bare; a text in single quotes does not count. */
export function mentions(expression: string, column: string): boolean {
  const found: readonly string[] = expression.match(word) ?? []
  return found.some((token) => !token.startsWith("'") && bareName(token) === column)
}

function bareName(token: string): string {
  return /^["`]/.test(token) ? token.slice(1, -1) : token
}

/** Replaces quoted names in an expression, and nothing inside of texts. */
export function replaceNames(expression: string, replace: (name: string) => string | undefined): string {
  return expression.replaceAll(word, (token) => {
    const mark = /^["`]/.exec(token)?.[0]
    const name = mark === undefined ? undefined : replace(bareName(token))
    return mark === undefined || name === undefined ? token : mark + name + mark
  })
}
