import type { Column, SQL, Table } from 'drizzle-orm'
import type { LockOptions } from '../repository/repository.ts'
import type { Store, TransactionOptions } from '../repository/transaction.ts'
import type { TextOperator } from '../filters/parse-filter.ts'
import type { WireColumn, WireValue } from './sql-driver.ts'
import type { SqlField } from './sql-field.ts'
import type { SqlPart } from './sql-part.ts'
import type { TableFacts } from './table-facts.ts'

/** Operands of a comparison: the column's side, the same where order matters, and the parameter's side. */
export interface Operands {
  readonly plain: SQL
  readonly ordered: SQL
  readonly value: SQL
}

/**
 * What differs between SQL databases. All of it is text and values: nothing here does I/O. Every `slot` in an SQL
 * piece stands for one parameter, in the order of the text.
 */
export interface SqlDialect {
  readonly store: Exclude<Store, 'mongo' | 'memory'>
  /** The most parameters that a statement may have. */
  readonly maxParameters: number
  /** How a write tells what it wrote: by RETURNING, or by being read again inside the same transaction. */
  readonly answers: 'returning' | 'reread'
  /** A cell of VALUES can say `default`; where not, rows of one statement have the same fields. */
  readonly defaultCells: boolean
  /** `(a, b) > ($1, $2)` reads one range of an index; where it does not, keyset pages spell the comparison out. */
  readonly comparesRows: boolean
  /** @throws UnsupportedError for a table of another database */
  describeTable(table: Table): TableFacts
  kindOf(field: Pick<SqlField, 'column'>): SqlField['kind']
  /** The text of a statement, every `slot` as a parameter mark; numbered marks count from after `parametersBefore`. */
  render(query: SQL, parametersBefore?: number): string
  /** A query of Drizzle with its own parameters, encoded; `values` is undefined where there are none, for scripts. */
  compile(query: SQL): { readonly text: string; readonly values: WireValue[] | undefined }
  /** Rows of such a query as objects, each value as its database type suggests. */
  decodeRows(rows: readonly unknown[][], columns: readonly WireColumn[]): Record<string, unknown>[]
  /** Cells of many rows for VALUES, with marks from the first on: `true` is a parameter, `false` the default of its column. */
  renderCells(rows: readonly (readonly boolean[])[]): string
  /**
   * What stands for VALUES when each column's values are one parameter, made by `encode` of their list, so that any number of rows share
   * a text. Undefined where the database, or a type among the fields, needs them one by one.
   */
  rowsFromLists(fields: readonly SqlField[]): SQL | undefined
  /**
   * The parameter for a value that Drizzle has mapped to `column`, or without one for a value that a driver gave. Undefined when no
   * column, or not this one, could hold it: some servers would not refuse it but take it for another value.
   */
  encode(value: unknown, column?: Column): WireValue | undefined
  /** The parameter of `limit` and `offset`. */
  encodeCount(count: number): WireValue
  /** Makes a driver's value the value that the table declares; undefined where it is right as it comes. */
  decoder(field: Pick<SqlField, 'column'>): ((value: unknown) => unknown) | undefined
  /** What opens a transaction, statement by statement. @throws UnsupportedError for an isolation level that the database has not */
  begin(options: TransactionOptions): readonly string[]
  /** The clock that stamps rows, in milliseconds. */
  readonly now: SQL
  readonly true: SQL
  readonly false: SQL
  /** Comparison by code points, case and accents told apart, or with both sides folded. */
  operands(field: SqlField, ignoreCase: boolean): Operands
  /** `is distinct from`: true or false, never null. */
  isDistinct(left: SQL, right: SQL): SQL
  /** True exactly when the condition is not true. */
  isNotTrue(condition: SQL): SQL
  /** The field is one of the values. Most databases take them as one parameter, so that lists of any length share a text. */
  inList(field: SqlField, values: readonly WireValue[], ignoreCase: boolean): SqlPart
  /** The parameter of `like`, in which every character of the text stands for itself; most easily `likePattern`. */
  encodePattern(text: string, place: TextOperator): WireValue
  /** The parameter is made by `encodePattern`. */
  like(field: SqlField, ignoreCase: boolean): SQL
  /** True when the one parameter, a word, is a word of one of the fields; see `wordsOf`. */
  hasWord(fields: readonly SqlField[]): SQL
  /** The parameter of `hasWord`. */
  encodeWord(word: string): WireValue
  /** One key of ORDER BY; null placement included, where the column can be null. */
  orderBy(field: SqlField, direction: 'asc' | 'desc', nulls: 'first' | 'last'): SQL
  /** FOR UPDATE and its kin. @throws UnsupportedError without row locks */
  lock(options: Pick<LockOptions, 'lock' | 'onLocked'>): SQL
  /** `on conflict … do update set …`, or what the store has for it. `changes` are assignments made with `incoming`. */
  onConflict(parts: { readonly columns: SQL; readonly onlyLive: SQL | undefined; readonly changes: SQL; readonly visible: SQL }): SQL
  /** The value that the refused INSERT held for a column. */
  incoming(column: SQL): SQL
  /**
   * Inside RETURNING of an upsert into `table`: 1 or true for a row that is new. Undefined where only a look before the
   * write, in the same transaction, can tell.
   */
  created(table: SQL): SQL | undefined
}
