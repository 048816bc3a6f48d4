import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { UnsupportedError } from '../../errors/repository-error.ts'
import type { WireColumn, WireValue } from '../sql-driver.ts'

export interface SqliteAnswer {
  readonly rows: unknown[][]
  readonly columns: readonly WireColumn[]
  readonly count: number
  readonly insertId: number | bigint | undefined
}

const kept = 256

/** The prepared statements of one connection, the least recently used of which is given up first. */
export class SqliteStatements {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** `keep` for a text that will come again. */
  prepare(text: string, keep: boolean): SqliteStatement {
    const known = this.#statements.get(text)
    if (known) this.#statements.delete(text)
    const statement = known ?? new SqliteStatement(this.#database, text)
    if (known || keep) this.#remember(text, statement)
    return statement
  }

  #remember(text: string, statement: SqliteStatement): void {
    this.#statements.set(text, statement)
    if (this.#statements.size <= kept) return
    for (const oldest of this.#statements.keys()) {
      this.#statements.delete(oldest)
      return
    }
  }
}

/** The first statement of a text. */
export class SqliteStatement {
  /** What follows it in the text; empty when nothing but white space and comments does. */
  readonly rest: string
  readonly #statement: StatementSync
  readonly #columns: readonly WireColumn[]
  readonly #readsOnly: boolean
  #asBigInts: boolean

  constructor(database: DatabaseSync, text: string) {
    this.#statement = database.prepare(text, { returnArrays: true, readBigInts: false })
    this.#columns = this.#statement.columns().map(({ name }) => ({ name, type: 0 }))
    this.#readsOnly = /^\s*select\b/i.test(text)
    this.#asBigInts = !this.#readsOnly
    this.#statement.setReadBigInts(this.#asBigInts)
    this.rest = withoutBlank(text.slice(this.#statement.sourceSQL.length))
  }

  run(values: readonly WireValue[]): SqliteAnswer {
    if (this.#columns.length === 0) return this.#change(values)
    const rows = this.#rows(values)
    return { rows, columns: this.#columns, count: rows.length, insertId: undefined }
  }

  #change(values: readonly WireValue[]): SqliteAnswer {
    const { changes, lastInsertRowid } = this.#statement.run(...values)
    return { rows: [], columns: this.#columns, count: Number(changes), insertId: plainNumber(lastInsertRowid) }
  }

  /** Numbers are read as such until one has more digits than a number can hold; a statement that writes cannot be tried twice. */
  #rows(values: readonly WireValue[]): unknown[][] {
    if (this.#asBigInts) return plainRows(this.#all(values))
    try {
      return this.#all(values)
    } catch (error) {
      if (!isTooLarge(error)) throw error
      this.#asBigInts = true
      this.#statement.setReadBigInts(true)
      return plainRows(this.#all(values))
    }
  }

  #all(values: readonly WireValue[]): unknown[][] {
    const rows: unknown = this.#statement.all(...values)
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the option returnArrays, which the typings do not follow
    return rows as unknown[][]
  }
}

/** @throws UnsupportedError for a text of several statements, of which only the first would run */
export function requireOne(statement: SqliteStatement): SqliteStatement {
  if (statement.rest === '') return statement
  throw new UnsupportedError('Several statements in one text take no parameters.')
}

export function withoutBlank(text: string): string {
  return text.replace(/^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

function plainRows(rows: unknown[][]): unknown[][] {
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) {
      const value = row[index]
      if (typeof value === 'bigint') row[index] = plainNumber(value)
    }
  }
  return rows
}

function plainNumber(value: number | bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
