import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { wordsOf } from '../../filters/parse-filter.ts'

/** Names of the functions that every connection brings along; what a `sqlite3` shell opens does not know them. */
export const sqliteFunctions = {
  fold: 'polystore_fold',
  words: 'polystore_words',
  real: 'polystore_real',
  overwrite: 'polystore_overwrite',
  wasInserted: 'polystore_was_inserted',
} as const

/** Notes, row by row, which rows of an upsert were there before; SQLite itself does not tell. */
export class OverwriteMark {
  #overwritten = false

  /** Called where only a row that is there already is looked at: in the WHERE of DO UPDATE. */
  set(): number {
    this.#overwritten = true
    return 1
  }

  /** Called by RETURNING, which follows each row. */
  take(): number {
    const overwritten = this.#overwritten
    this.#overwritten = false
    return overwritten ? 0 : 1
  }

  /** A statement that failed between the two must not leave its mark to the next. */
  clear(): void {
    this.#overwritten = false
  }
}

/** Text is folded and cut into words by JavaScript, as the in-memory store does it; SQLite's own lower() knows ASCII only. */
export function registerFunctions(database: DatabaseSync, mark: OverwriteMark): void {
  const pure = { deterministic: true, directOnly: false } as const
  database.function(sqliteFunctions.fold, pure, (value) => (value === null ? null : String(value).toLowerCase()))
  database.function(sqliteFunctions.words, { ...pure, varargs: true }, rememberLast(wordsText))
  database.function(sqliteFunctions.real, pure, (value) => Number(String(value).slice(1, -1)))
  database.function(sqliteFunctions.overwrite, () => mark.set())
  database.function(sqliteFunctions.wasInserted, () => mark.take())
}

/** The words of some texts, each between two spaces, which no word holds. */
function wordsText(texts: readonly SQLOutputValue[]): string {
  return ` ${wordsOf(texts.filter((text) => text !== null).join(' ')).join(' ')} `
}

/** A search for several words asks for the same row's words again and again. */
function rememberLast(make: (texts: readonly SQLOutputValue[]) => string): (...texts: SQLOutputValue[]) => string {
  let last: readonly SQLOutputValue[] = []
  let answer = make(last)
  return (...texts) => {
    if (texts.length !== last.length || texts.some((text, index) => text !== last[index])) {
      last = texts
      answer = make(texts)
    }
    return answer
  }
}
